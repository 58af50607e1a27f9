/** The parts of a client, and how they work together. */

import { Account } from "./account.ts";
import { BatchedCache } from "./batched-cache.ts";
import { CarefulCache, MemoryCache } from "./cache.ts";
import type { ChatOptions } from "./chat-options.ts";
import { Connection } from "./connection.ts";
import { Copies } from "./copies.ts";
import { endpointsOf } from "./endpoints.ts";
import { asChatError, ChatError, ignoreFailure } from "./errors.ts";
import { type EventHandlers, eventHandlers } from "./event-handlers.ts";
import { endsForGood } from "./forget.ts";
import type { RoomsTold, User } from "./generated/events.ts";
import { Http } from "./http.ts";
import { Listeners } from "./listeners.ts";
import { Notifications } from "./notifications.ts";
import { OriginCheck } from "./origin-check.ts";
import { Outbox } from "./outbox.ts";
import { People } from "./people.ts";
import { Presences } from "./presence.ts";
import { ReadMarks } from "./read-marks.ts";
import { fetchUnknownRooms } from "./repeated-calls.ts";
import { RoomHandle } from "./room.ts";
import { RoomSaver } from "./room-saver.ts";
import type { RoomState } from "./room-state.ts";
import { Rooms } from "./rooms.ts";
import type { Namespace } from "./sockets.ts";
import { Sync } from "./sync.ts";
import { Teller } from "./teller.ts";
import type { Message, SignOutReason } from "./types.ts";
import { upload } from "./uploads.ts";
import { onPageLeave, onPageReturn } from "./visibility.ts";

const SYNC_EVERY = 5 * 60_000;

export class Core {
  readonly http: Http;
  readonly session: Account;
  readonly connection: Connection;
  readonly rooms: Rooms;
  readonly sync: Sync;
  readonly outbox: Outbox;
  readonly reads: ReadMarks;
  readonly people: People;
  readonly presences: Presences;
  readonly notifications: Notifications;
  readonly copies: Copies;
  readonly listeners = new Listeners();
  private readonly cache: BatchedCache;
  private readonly teller: Teller;
  private readonly saver: RoomSaver;
  private readonly handles = new Map<string, RoomHandle>();
  private readonly handlers: EventHandlers;
  private readonly stopListening: () => void;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: ChatOptions) {
    const {
      url,
      path,
      cookie = false,
      device,
      session,
      cache: given = new MemoryCache(),
    } = options;
    if (cookie && session) throw new TypeError("cookie and session exclude each other");
    const cache = new BatchedCache(new CarefulCache(given));
    this.cache = cache;
    const server = endpointsOf(url, path);
    const origins = new OriginCheck(server, cookie);
    this.http = new Http(server.base, () => this.session, origins);
    this.session = new Account(this.http, cache, { cookie, device, session }, origins);
    this.connection = new Connection(server, this.session, origins);
    this.teller = new Teller(this);
    this.rooms = new Rooms({
      myId: () => this.myId(),
      fill: (id) => this.sync.syncRoom(id),
      onUser: (user) => this.people.learnUser(user),
      onChange: (state) => this.roomChanged(state),
      onMessageChange: (message) => this.messageChanged(message),
      onMessage: (state, message) => this.messageArrived(state, message),
      onMissed: (state, from, to) => this.teller.tellMissed(state.id, from, to),
      onFresh: (state) => this.roomStartedAfresh(state),
    });
    this.sync = new Sync(this.connection, this.rooms, (known) =>
      fetchUnknownRooms(this.http, known),
    );
    this.outbox = new Outbox(
      cache,
      async (payload) => (await this.connection.call("/rooms", "send_message", payload)).message,
      (file, signal) => upload(this.http, file, () => this.session.freshToken(), { signal }),
      () => this.myId(),
    );
    this.reads = new ReadMarks(
      (room_id, seq) => this.connection.call("/rooms", "mark_read", { room_id, seq }),
      (id, mark) => {
        this.rooms.findRoom(id)?.takeReadMark(this.myId(), mark.last_read_seq, mark.unread_count);
      },
    );
    this.people = new People(cache, async (ids) => {
      const query = { ids: ids.join(","), limit: ids.length };
      return (await this.http.request<{ items: readonly User[] }>("GET", "/users", { query }))
        .items;
    });
    this.presences = new Presences(async (user_ids) => {
      return (await this.connection.call("/rooms", "watch_presence", { user_ids })).presence;
    });
    this.notifications = new Notifications(this.connection, () => this.myId());
    this.copies = new Copies({
      held: (id, seq) => this.rooms.findRoom(id)?.history.findMessage(seq),
      fetch: (id, seq) => this.http.request<Message>("GET", `/rooms/${id}/messages/${seq}`),
    });
    this.saver = new RoomSaver(cache, this.rooms, this.teller);
    this.handlers = eventHandlers(this);
    const stops = [onPageReturn(() => this.catchUp()), onPageLeave(() => this.cache.writeNow())];
    this.stopListening = () => {
      for (const stop of stops) stop();
    };
    this.connectParts();
  }

  myId(): string {
    return this.session.me.get()?.id ?? "";
  }

  room(id: string): RoomHandle {
    const known = this.handles.get(id) ?? new RoomHandle(id, this);
    this.handles.set(id, known);
    return known;
  }

  /** Resolves once the user is known to be in the room, and rejects if they are not. */
  async untilInRoom(id: string): Promise<void> {
    if (this.rooms.findRoom(id)) return;
    await this.sync.syncRoom(id);
    if (!this.rooms.findRoom(id)) throw new ChatError("not_found", "the user is not in this room");
  }

  heardTyping({ room_id, user_id, typing }: RoomsTold["typing"]): void {
    this.handles.get(room_id)?.heardTyping(user_id, typing);
  }

  /** Brings everything up to date. If the server does not answer, the client connects anew. */
  catchUp(): void {
    if (!this.connection.connected) return;
    this.sync.syncAll().catch((error) => {
      if (asChatError(error).code === "unavailable") this.connection.reconnect();
    });
  }

  /** Begins the work of a user who has just signed in, and who may have left unsent messages. */
  async begin(): Promise<void> {
    await this.outbox.loadOutgoing();
    for (const handle of this.handles.values()) handle.touch();
    this.start();
  }

  start(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.catchUp(), SYNC_EVERY);
    this.connection.start();
  }

  /** Shows what is cached. */
  async recallCached(): Promise<void> {
    this.sync.epoch = await this.saver.loadRooms();
    await Promise.all([this.people.loadUsers(), this.outbox.loadOutgoing()]);
    for (const handle of this.handles.values()) handle.touch();
  }

  close(): void {
    this.stopListening();
    clearInterval(this.timer);
    this.connection.stop();
    this.outbox.pauseSending();
    this.reads.clearMarks();
    this.saver.close();
    this.cache.writeNow();
    this.session.close();
    for (const state of this.rooms.allRooms()) state.close();
  }

  private roomChanged(state: RoomState): void {
    this.outbox.versionReached(state.id, state.heldVersion.version);
    this.rooms.touchLists();
    this.handles.get(state.id)?.touch();
    this.saver.roomChanged(state.id);
  }

  private messageChanged(message: Message): void {
    this.copies.takeMessage(message);
    this.notifications.takeMessage(message);
    if (message.edited_at || message.deleted_at)
      ignoreFailure(this.listeners.tellListeners("changed", { message }));
  }

  private roomStartedAfresh({ id }: RoomState): void {
    this.handles.get(id)?.roomStartedAfresh();
    this.copies.roomStartedAfresh(id);
  }

  private messageArrived(state: RoomState, message: Message): void {
    this.outbox.messageArrived(message);
    if (message.author_id === this.myId()) this.notifications.takeOwnMessage(message);
    if (message.author_id) this.handles.get(state.id)?.heardTyping(message.author_id, false);
    this.teller.tellMessage(message);
  }

  /** The application's listeners have finished with a message of this room. */
  heard(roomId: string): void {
    this.saver.roomChanged(roomId);
  }

  private connectParts(): void {
    this.connection.localise = this.http.addresses.localise;
    this.session.onToken = (token) => this.connection.sendToken(token);
    this.session.onEnd = (userId, reason) => this.sessionEnded(userId, reason);
    this.session.onOtherUser = () => this.start();
    this.cache.alongside = (entries) =>
      entries.some(([store]) => store === "outbox") ? this.saver.takeUnsaved() : [];
    this.connection.onUnauthenticated = (reason) => ignoreFailure(this.session.endSession(reason));
    this.connection.onConnect = () => this.connected();
    this.connection.onLost = () => this.connectionLost();
    this.connection.onEvent = (namespace, event, data) => this.hearEvent(namespace, event, data);
    this.sync.onEpoch = (epoch, restored) => {
      if (restored) this.rooms.clearRooms();
      this.saver.saveEpoch(epoch);
      // Rooms that were entered before the first sync are saved with the epoch that they belong to.
      for (const { id } of this.rooms.allRooms()) this.saver.roomChanged(id);
    };
    this.rooms.onAdd = (state) => {
      this.handles.get(state.id)?.bindState(state);
      this.copies.roomStartedAfresh(state.id);
      this.saver.roomChanged(state.id);
    };
    this.rooms.onRemove = (id, departure) => {
      this.handles.get(id)?.bindState(undefined, departure);
      this.copies.forgetRoom(id);
      this.notifications.forgetRoom(id);
      this.saver.roomChanged(id);
    };
    this.outbox.onChange = (id) => this.handles.get(id)?.timeline.touch();
    this.outbox.onSent = (message) => this.messageSent(message);
  }

  private messageSent(message: Message): void {
    const state = this.rooms.findRoom(message.room_id);
    state?.putMessage(message);
    state?.touch();
    // No event will arrive for a room that is not held, so the message counts as seen.
    if (!state) this.outbox.versionReached(message.room_id, message.version);
  }

  private hearEvent(namespace: Namespace, event: string, data: unknown): void {
    const known = this.handlers[namespace][event];
    if (known) known(data as never);
    else if (namespace === "/rooms") this.rooms.hearEvent(event as keyof RoomsTold, data as never);
  }

  private async connected(): Promise<void> {
    this.teller.tellRestored();
    await this.sync.syncAll();
    const { mentions } = await this.connection.call("/notifications", "get_unread", {});
    this.rooms.takeMentions(mentions);
    this.outbox.sendNow();
    this.presences.watchAgain();
    this.people.refetchUsers();
    ignoreFailure(this.notifications.refreshList());
    this.copies.fetchMissing();
    for (const handle of this.handles.values()) handle.connected();
  }

  private connectionLost(): void {
    for (const handle of this.handles.values()) handle.lost();
  }

  private sessionEnded(userId: string, reason: SignOutReason): void {
    clearInterval(this.timer);
    this.connection.stop();
    const kept = !endsForGood(reason);
    const unsent = kept ? this.outbox.unsent.get() : 0;
    this.outbox.clearOutgoing();
    this.reads.clearMarks();
    this.rooms.clearRooms();
    this.people.clearUsers();
    this.presences.clearPresences();
    this.notifications.clearNotifications();
    this.copies.clearCopies();
    this.saver.forgetChanges();
    this.sync.epoch = null;
    this.teller.clearTold();
    ignoreFailure(this.listeners.tellListeners("signed_out", { userId, reason, kept, unsent }));
  }
}
