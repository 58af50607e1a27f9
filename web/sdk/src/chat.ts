/** A client of the server: one user on one device. */

import { Api } from "./api.ts";
import { type ChatOptions, Core } from "./core.ts";
import { newId } from "./ids.ts";
import type { ChatEvents } from "./listeners.ts";
import type { Notifications } from "./notifications.ts";
import { untilAnswered } from "./requests.ts";
import type { RoomHandle } from "./room.ts";
import type {
  Attachment,
  ConnectionState,
  Me,
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
  /** Null when signed out. */
  readonly account: Value<Me | null>;
  readonly connection: Value<ConnectionState>;
  /** Every other call of the server. */
  readonly api: Api;
  /** One's own, latest activity first. */
  readonly rooms: Value<readonly Room[]>;
  readonly unread: Value<{ readonly total: number; readonly mentions: number }>;
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
    this.notifications = core.notifications;
  }

  async signUp(body: SignUp): Promise<void> {
    await this.core.session.signUp(body);
    this.core.start();
  }

  async signIn(body: SignIn): Promise<void> {
    await this.core.session.signIn(body);
    this.core.start();
  }

  /** Goes on with the last session, at once with what is cached; false when there is none. */
  async restore(): Promise<boolean> {
    if (await this.core.session.recallSession()) await this.core.recallCached();
    if (!(await this.core.session.restoreSession())) return false;
    this.core.start();
    return true;
  }

  /** Rejects when the server cannot be told: the session would live on. */
  signOut(): Promise<void> {
    return this.core.session.signOut();
  }

  /** One's own profile and preferences. */
  async updateMe(changes: ProfileChanges): Promise<void> {
    this.core.session.updateProfile(await this.api.patch("/users/me", { body: changes }));
  }

  /** As the server has it now: other devices, and links in mails, change what no event tells of. */
  async loadMe(): Promise<void> {
    this.core.session.updateProfile(await this.api.get("/users/me"));
  }

  /** Stable: the same object for the same id. */
  room(id: string): RoomHandle {
    return this.core.room(id);
  }

  /** Fetched when it is not known. */
  user(id: string): Value<User | null> {
    return this.core.people.user(id);
  }

  /** Known while somebody subscribes. */
  presence(id: string): Value<Presence> {
    return this.core.presences.presence(id);
  }

  createRoom(group: NewGroup): Promise<RoomHandle> {
    const body = { kind: "group", client_id: newId(), ...group };
    return this.enter(() => this.core.http.request<Room>("POST", "/rooms", { body }));
  }

  /** The existing one, or a new one. */
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

  /** Answers how to stop it. */
  on<E extends keyof ChatEvents>(event: E, listener: (event: ChatEvents[E]) => void): () => void {
    return this.core.listeners.on(event, listener);
  }

  /** Tries now what waits for its turn. */
  retryNow(): void {
    this.core.connection.retryNow();
  }

  /** Ends all that goes on; the session stays for the next time. */
  close(): void {
    this.core.close();
  }

  /** A room that one has asked for is held, whether its event has come or not. */
  private async enter(ask: () => Promise<Room>): Promise<RoomHandle> {
    const room = await untilAnswered(ask);
    this.core.rooms.startRoomAfresh(room);
    return this.room(room.id);
  }
}
