/** A client of the server: one user on one device. */

import { Account } from "./account.ts";
import { Api } from "./api.ts";
import { type Cache, MemoryCache } from "./cache.ts";
import { Connection, type Namespace } from "./connection.ts";
import { ChatError, forget } from "./errors.ts";
import { Http } from "./http.ts";
import { newId } from "./ids.ts";
import type { Inside } from "./inside.ts";
import { type ChatEvents, Listeners } from "./listeners.ts";
import { Notifications } from "./notifications.ts";
import { Outbox } from "./outbox.ts";
import { People } from "./people.ts";
import { Presences } from "./presence.ts";
import { Reads } from "./reads.ts";
import { roomsOf, untilAnswered } from "./requests.ts";
import { RoomHandle } from "./room.ts";
import { Rooms } from "./rooms.ts";
import { Saving } from "./saving.ts";
import { Sync } from "./sync.ts";
import type {
  Attachment,
  ConnectionState,
  Me,
  NotificationsTold,
  Presence,
  Room,
  RoomsTold,
  SignIn,
  SignUp,
  User,
} from "./types.ts";
import { type UploadOptions, upload } from "./uploads.ts";
import type { Value } from "./value.ts";
import { onReturn } from "./visibility.ts";

const SYNC_EVERY = 5 * 60_000;

export interface ChatOptions {
  /** The page's own origin when it is not given. */
  readonly url?: string;
  /** In browsers: the refresh token is a cookie that no script can read. */
  readonly cookie?: boolean;
  /** What the list of sessions calls this one. */
  readonly device?: string;
  readonly cache?: Cache;
}

export interface NewGroup {
  readonly name: string;
  readonly topic?: string;
  readonly visibility?: "private" | "public";
  readonly member_ids?: readonly string[];
}

export class Chat {
  readonly account: Value<Me | null>;
  readonly connection: Value<ConnectionState>;
  readonly api: Api;
  /** One's own, latest activity first. */
  readonly rooms: Value<readonly Room[]>;
  readonly unread: Value<{ readonly total: number; readonly mentions: number }>;
  readonly notifications: Notifications;
  private readonly http: Http;
  private readonly session: Account;
  private readonly line: Connection;
  private readonly held: Rooms;
  private readonly sync: Sync;
  private readonly outbox: Outbox;
  private readonly reads: Reads;
  private readonly people: People;
  private readonly presences: Presences;
  private readonly saving: Saving;
  private readonly listeners = new Listeners();
  private readonly handles = new Map<string, RoomHandle>();
  private readonly inside: Inside;
  private readonly stopListening: () => void;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor({ url, cookie = false, device, cache = new MemoryCache() }: ChatOptions = {}) {
    const base = (url ?? globalThis.location?.origin ?? "").replace(/\/$/, "");
    this.http = new Http(base, () => this.session);
    this.api = new Api(this.http);
    this.session = new Account(this.http, cache, { cookie, device });
    this.line = new Connection(base, this.session);
    this.held = new Rooms({
      myId: () => this.myId(),
      fill: (id) => this.sync.room(id),
      onChange: (state) => this.changed(state.id),
      onMessage: (state, message) => {
        this.outbox.arrived(message);
        this.handles.get(state.id)?.heardTyping(message.author_id ?? "", false);
        this.listeners.tell("message", { room: this.room(state.id), message });
      },
      onFresh: (state) => this.handles.get(state.id)?.fresh(),
    });
    this.sync = new Sync(this.line, this.held, (known) => roomsOf(this.http, known));
    this.outbox = new Outbox(cache, async (letter) => {
      return (await this.line.call("/rooms", "send_message", letter)).message;
    });
    this.reads = new Reads(
      (room_id, seq) => this.line.call("/rooms", "mark_read", { room_id, seq }),
      (id, mark) =>
        this.held.find(id)?.takeMark(this.myId(), mark.last_read_seq, mark.unread_count),
    );
    this.people = new People(cache, async (ids) => {
      const query = { ids: ids.join(","), limit: ids.length };
      return (await this.api.get("/users", { query })).items;
    });
    this.presences = new Presences(async (user_ids) => {
      return (await this.line.call("/rooms", "watch_presence", { user_ids })).presence;
    });
    this.notifications = new Notifications(this.line);
    this.saving = new Saving(cache, this.held);
    this.inside = {
      http: this.http,
      connection: this.line,
      rooms: this.held,
      outbox: this.outbox,
      reads: this.reads,
      myId: () => this.myId(),
      known: (id) => this.known(id),
    };
    this.account = this.session.me;
    this.connection = this.line.state;
    this.rooms = this.held.list;
    this.unread = this.held.unread;
    this.stopListening = onReturn(() => this.line.connected && forget(this.sync.all()));
    this.wire();
  }

  async signUp(body: SignUp): Promise<void> {
    await this.session.signUp(body);
    this.start();
  }

  async signIn(body: SignIn): Promise<void> {
    await this.session.signIn(body);
    this.start();
  }

  /** Goes on with the last session, at once with what is cached; false when there is none. */
  async restore(): Promise<boolean> {
    if (await this.session.recall()) await this.recall();
    if (!(await this.session.restore())) return false;
    this.start();
    return true;
  }

  signOut(): Promise<void> {
    return this.session.signOut();
  }

  /** Stable: the same object for the same id. */
  room(id: string): RoomHandle {
    const known = this.handles.get(id) ?? new RoomHandle(id, this.inside);
    this.handles.set(id, known);
    return known;
  }

  user(id: string): Value<User | null> {
    return this.people.of(id);
  }

  /** Known while somebody subscribes. */
  presence(id: string): Value<Presence> {
    return this.presences.of(id);
  }

  createRoom(group: NewGroup): Promise<RoomHandle> {
    const body = { kind: "group", client_id: newId(), ...group };
    return this.enter(() => this.http.request<Room>("POST", "/rooms", { body }));
  }

  /** The existing one, or a new one. */
  directRoom(user_id: string): Promise<RoomHandle> {
    const body = { kind: "direct", user_id };
    return this.enter(() => this.http.request<Room>("POST", "/rooms", { body }));
  }

  joinRoom(id: string): Promise<RoomHandle> {
    return this.enter(() => this.http.request<Room>("POST", `/rooms/${id}/join`));
  }

  acceptInvite(code: string): Promise<RoomHandle> {
    return this.enter(() => this.http.request<Room>("POST", `/invites/${code}`));
  }

  upload(file: File | Blob, options: UploadOptions = {}): Promise<Attachment> {
    return upload(this.http, file, () => this.session.fresh(), options);
  }

  /** Answers how to stop it. */
  on<E extends keyof ChatEvents>(event: E, listener: (event: ChatEvents[E]) => void): () => void {
    return this.listeners.on(event, listener);
  }

  /** Tries now what waits for its turn. */
  retryNow(): void {
    this.line.retryNow();
  }

  /** Ends all that goes on; the session stays for the next time. */
  close(): void {
    this.stopListening();
    clearInterval(this.timer);
    this.line.stop();
    this.outbox.pause();
    this.saving.close();
    this.session.close();
  }

  private start(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      if (this.line.connected) forget(this.sync.all());
    }, SYNC_EVERY);
    this.line.start();
  }

  private async recall(): Promise<void> {
    this.sync.epoch = await this.saving.load();
    await Promise.all([this.people.load(), this.outbox.load()]);
  }

  private myId(): string {
    return this.session.me.get()?.id ?? "";
  }

  /** What was asked for is a room of one's own: held, whether its event has come or not. */
  private async enter(ask: () => Promise<Room>): Promise<RoomHandle> {
    const room = await untilAnswered(ask);
    this.held.startAfresh(room);
    return this.room(room.id);
  }

  private async known(id: string): Promise<void> {
    if (this.held.find(id)) return;
    await this.sync.room(id);
    if (!this.held.find(id)) throw new ChatError("not_found", "there is no such room");
  }

  private changed(id: string): void {
    const state = this.held.find(id);
    if (state) this.outbox.reached(id, state.holding.version);
    this.held.touch();
    this.handles.get(id)?.touch();
    this.saving.change(id);
  }

  private wire(): void {
    this.session.onToken = (token) => this.line.renew(token);
    this.session.onEnd = () => this.ended();
    this.line.onUnauthenticated = () => forget(this.session.end());
    this.line.onConnect = () => this.connected();
    this.line.onLost = () => this.lost();
    this.line.onEvent = (namespace, event, data) => this.hear(namespace, event, data);
    this.sync.onEpoch = (epoch) => {
      this.held.clear();
      this.saving.saveEpoch(epoch);
    };
    this.held.onAdd = (state) => {
      const peer = state.room.get().peer;
      if (peer) this.people.learn(peer);
      this.handles.get(state.id)?.bind(state);
      this.saving.change(state.id);
    };
    this.held.onRemove = (id) => {
      this.handles.get(id)?.bind(undefined);
      this.saving.change(id);
    };
    this.outbox.onChange = (id) => this.handles.get(id)?.timeline.touch();
    this.outbox.onSent = (message) => {
      const state = this.held.find(message.room_id);
      state?.put(message);
      this.outbox.reached(message.room_id, state?.holding.version ?? 0);
    };
  }

  private async connected(): Promise<void> {
    await this.sync.all();
    this.held.takeMentions((await this.line.call("/notifications", "get_unread", {})).mentions);
    this.outbox.drain();
    this.reads.again();
    this.presences.connected();
    this.people.connected();
    forget(this.notifications.refresh());
    for (const handle of this.handles.values()) handle.connected();
  }

  private lost(): void {
    this.presences.lost();
    for (const handle of this.handles.values()) handle.lost();
  }

  private ended(): void {
    clearInterval(this.timer);
    this.line.stop();
    this.outbox.clear();
    this.reads.clear();
    this.held.clear();
    this.people.clear();
    this.notifications.clear();
    this.saving.forget();
    this.sync.epoch = null;
    this.listeners.tell("signed_out", {});
  }

  private hear(namespace: Namespace, event: string, data: unknown): void {
    const known: Partial<Record<string, (data: never) => void>> =
      namespace === "/rooms" ? this.hearing : this.hearingNotifications;
    if (known[event]) known[event](data as never);
    else this.held.hear(event as keyof RoomsTold, data as never);
  }

  private hearUser(user: User): void {
    this.people.learn(user);
    if (user.id === this.myId()) this.session.update(user);
  }

  private readonly hearing: Heard<RoomsTold> = {
    resync: () => forget(this.sync.all()),
    presence: ({ user_id, ...presence }) => this.presences.heard(user_id, presence),
    user_updated: ({ user }) => this.hearUser(user),
    typing: ({ room_id, user_id, typing }) => {
      this.handles.get(room_id)?.heardTyping(user_id, typing);
    },
  };

  private readonly hearingNotifications: Heard<NotificationsTold> = {
    unread: (told) => {
      this.held.takeUnread(told);
      this.notifications.counted(told.mentions);
    },
    notifications_read: (told) => this.notifications.read(told),
    notification: (told) => {
      this.people.learn(told.notification.actor);
      this.notifications.heard(told);
      this.listeners.tell("notification", told);
    },
  };
}

type Heard<Told> = { readonly [E in keyof Told]?: (data: Told[E]) => void };
