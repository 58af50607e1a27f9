/** A client of the server: one user on one device. */

import { Api } from "./api.ts";
import type { ChatOptions } from "./chat-options.ts";
import { Core } from "./core.ts";
import { newId } from "./ids.ts";
import type { ChatEvents } from "./listeners.ts";
import type { Notifications } from "./notifications.ts";
import { untilAnswered } from "./repeated-calls.ts";
import type { RoomHandle } from "./room.ts";
import type {
  Attachment,
  ClientConfig,
  ConnectionState,
  Me,
  Message,
  Presence,
  ProfileChanges,
  Room,
  SignIn,
  SignUp,
  User,
} from "./types.ts";
import { type UploadOptions, upload } from "./uploads.ts";
import type { Value } from "./value.ts";

export interface NewGroup {
  readonly name: string;
  readonly topic?: string;
  readonly visibility?: "private" | "public";
  readonly member_ids?: readonly string[];
}

export class Chat {
  /** The user's own profile; null when signed out. */
  readonly account: Value<Me | null>;
  readonly connection: Value<ConnectionState>;
  /** Every call of the HTTP API. */
  readonly api: Api;
  /** The user's rooms, the one with the latest activity first. */
  readonly rooms: Value<readonly Room[]>;
  readonly unread: Value<{ readonly total: number; readonly mentions: number }>;
  /** How many messages of this program the server does not have yet. */
  readonly unsent: Value<number>;
  readonly notifications: Notifications;
  private readonly core: Core;

  constructor(options: ChatOptions = {}) {
    const core = new Core(options);
    this.core = core;
    this.api = new Api(core.http);
    this.account = core.session.me;
    this.connection = core.connection.state;
    this.rooms = core.rooms.list;
    this.unread = core.rooms.unread;
    this.unsent = core.outbox.unsent;
    this.notifications = core.notifications;
  }

  async signUp(body: SignUp): Promise<void> {
    await this.core.session.signUp(body);
    await this.core.begin();
  }

  async signIn(body: SignIn): Promise<void> {
    await this.core.session.signIn(body);
    await this.core.begin();
  }

  /**
   * Continues the last session, and shows cached data at once. Resolves to false when there is
   * none.
   */
  async restore(): Promise<boolean> {
    if (await this.core.session.recallSession()) await this.core.recallCached();
    if (!(await this.core.session.restoreSession())) return false;
    this.core.start();
    return true;
  }

  /** Rejects when the server is unreachable, because the session would stay alive there. */
  signOut(): Promise<void> {
    return this.core.session.signOut();
  }

  /**
   * How many messages would be lost by signing out. Those count too that another tab with the same
   * cache has not sent yet.
   */
  countUnsent(): Promise<number> {
    return this.core.outbox.countUnsent();
  }

  /** Changes the user's own profile and preferences. */
  async updateMe(changes: ProfileChanges): Promise<void> {
    this.core.session.updateProfile(await this.api.patch("/users/me", { body: changes }));
  }

  /**
   * Fetches the user's own profile. Other devices and links in mails can change it without an
   * event.
   */
  async loadMe(): Promise<void> {
    this.core.session.updateProfile(await this.api.get("/users/me"));
  }

  /** Returns the same object each time for the same id. */
  room(id: string): RoomHandle {
    return this.core.room(id);
  }

  /** The profile is fetched if it is not known yet. */
  user(id: string): Value<User | null> {
    return this.core.people.user(id);
  }

  /**
   * A message that is shown outside of the timeline, such as a hit, a pin, or the message that is
   * being answered. The value follows the message's edits and deletion. It is undefined until the
   * message is fetched, and null if the user cannot read the message (any more). `first` is a copy
   * that the caller has already.
   */
  message(roomId: string, seq: number, first?: Message): Value<Message | null | undefined> {
    return this.core.copies.message(roomId, seq, first);
  }

  /** The presence is known while somebody subscribes to it. */
  presence(id: string): Value<Presence> {
    return this.core.presences.presence(id);
  }

  createRoom(group: NewGroup): Promise<RoomHandle> {
    const body = { kind: "group", client_id: newId(), ...group };
    return this.enter(() => this.core.http.request<Room>("POST", "/rooms", { body }));
  }

  /** Opens the direct room with a user, and creates it if there is none. */
  directRoom(userId: string): Promise<RoomHandle> {
    const body = { kind: "direct", user_id: userId };
    return this.enter(() => this.core.http.request<Room>("POST", "/rooms", { body }));
  }

  joinRoom(id: string): Promise<RoomHandle> {
    return this.enter(() => this.core.http.request<Room>("POST", `/rooms/${id}/join`));
  }

  acceptInvite(code: string): Promise<RoomHandle> {
    return this.enter(() => this.core.http.request<Room>("POST", `/invites/${code}`));
  }

  upload(file: File | Blob, options: UploadOptions = {}): Promise<Attachment> {
    return upload(this.core.http, file, () => this.core.session.freshToken(), options);
  }

  /**
   * The server's limits, its features, and whether it sends mail. Needs no session. A page passes
   * its own `origin` to learn whether users may sign in from it; from then on, URLs of the server
   * are changed to the address of this page.
   */
  async config(origin?: string): Promise<ClientConfig> {
    const query = { origin };
    const config = await this.core.http.request<ClientConfig>("GET", "/config", {
      query,
      open: true,
    });
    if (origin) this.core.http.addresses.learnPublicUrl(config.public_url);
    return config;
  }

  /** Returns a function that stops the listener. */
  on<E extends keyof ChatEvents>(event: E, listener: (event: ChatEvents[E]) => void): () => void {
    return this.core.listeners.on(event, listener);
  }

  /** Connects now instead of waiting for the next attempt. */
  retryNow(): void {
    this.core.connection.retryNow();
  }

  /** Ends all work. The session stays, and can be restored the next time. */
  close(): void {
    this.core.close();
  }

  /** Adds the room at once, whether or not its event has arrived yet. */
  private async enter(ask: () => Promise<Room>): Promise<RoomHandle> {
    const room = await untilAnswered(ask);
    this.core.rooms.startRoomAfresh(room);
    return this.room(room.id);
  }
}
