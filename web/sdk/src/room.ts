/** A room, as an application uses it. */

import type { Connection } from "./connection.ts";
import { ChatError, ignoreFailure, unavailable } from "./errors.ts";
import { HistoryPages } from "./history-pages.ts";
import type { Http } from "./http.ts";
import { stillOutgoing } from "./merge.ts";
import type { Outbox } from "./outbox.ts";
import type { ReadMarks } from "./read-marks.ts";
import type { AttachmentsPage, AttachmentsWanted, MessageReaders } from "./room-pages.ts";
import { RoomRequests } from "./room-requests.ts";
import type { RoomState } from "./room-state.ts";
import type { Rooms } from "./rooms.ts";
import type {
  Departure,
  Draft,
  Member,
  Outgoing,
  Room,
  RoomMe,
  RoomMeChanges,
  Timeline,
} from "./types.ts";
import { Typing } from "./typing.ts";
import { Derived, type Value } from "./value.ts";

const EMPTY_TIMELINE: Timeline = {
  messages: [],
  outgoing: [],
  hasOlder: false,
  hasNewer: false,
  loading: null,
  firstUnreadSeq: null,
};

/** The readers of a message that are listed. */
const MOST_READERS_LISTED = 100;

/** The parts of a client that a room's handle needs. */
export interface RoomParts {
  readonly http: Http;
  readonly connection: Connection;
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly reads: ReadMarks;
  myId(): string;
  /** Resolves once the user is known to be in the room, and rejects with `not_found` otherwise. */
  untilInRoom(roomId: string): Promise<void>;
}

/**
 * A handle is the same object for the client's whole life, also before the user joins and after
 * they leave.
 */
export class RoomHandle extends RoomRequests {
  readonly info: Derived<Room | null>;
  /** How the user left the room; null while they are in it, and if it is not known. */
  readonly departure: Derived<Departure | null>;
  /** The first members, once somebody subscribes. `loadMembers` loads the next ones. */
  readonly members: Derived<readonly Member[]>;
  readonly timeline: Derived<Timeline>;
  private state: RoomState | undefined;
  private departed: Departure | null = null;
  private pages: HistoryPages | undefined;
  private membersCursor: string | null | undefined;
  private opened = false;
  private membersWatched = false;
  private readonly types: Typing;

  /** Use `chat.room(id)` to get one. */
  constructor(
    id: string,
    private readonly core: RoomParts,
  ) {
    super(id, core.connection);
    this.types = new Typing((typing) => {
      ignoreFailure(core.connection.call("/rooms", "typing", { room_id: id, typing }));
    });
    this.info = new Derived(() => this.state?.room.get() ?? null);
    this.departure = new Derived(() => this.departed);
    this.members = new Derived(
      () => this.state?.members.listMembers() ?? [],
      (watched) => this.watchMembers(watched),
    );
    this.timeline = new Derived(() => this.makeTimeline());
    this.bindState(core.rooms.findRoom(id));
  }

  get me(): RoomMe | null {
    return this.info.get()?.me ?? null;
  }

  /** The ids of the other users who are typing. */
  get typing(): Value<readonly string[]> {
    return this.types.users;
  }

  /**
   * Shows what is held at once, and loads the messages around the read mark, or the latest ones.
   */
  async open(): Promise<void> {
    this.opened = true;
    ignoreFailure(this.learnMembers());
    if (!this.state) await this.core.untilInRoom(this.id);
    await this.needPages().open();
  }

  /** Says that nobody is looking any more: only the latest messages are kept. */
  close(): void {
    this.opened = false;
    this.types.stopTyping();
    this.pages?.close();
  }

  loadOlder(): Promise<void> {
    return this.needPages().loadOlder();
  }

  loadNewer(): Promise<void> {
    return this.needPages().loadNewer();
  }

  jumpTo(seq: number): Promise<void> {
    return this.needPages().jumpTo(seq);
  }

  jumpToLatest(): Promise<void> {
    return this.needPages().jumpToLatest();
  }

  /**
   * Says whether the end is in sight and new messages are to be followed. If not, the messages that
   * are held stay, and `hasNewer` says that there are more. `seq` is the message being read; it
   * stays in the timeline even if the room has to start over.
   */
  follow(on: boolean, seq?: number | undefined): void {
    this.pages?.follow(on, seq);
  }

  /** Shows the message at once, and sends it for as long as it takes. */
  send(draft: Draft): Outgoing {
    this.types.messageSent();
    return this.core.outbox.addDraft(this.id, draft);
  }

  retry(clientId: string): void {
    this.core.outbox.retryOutgoing(clientId);
  }

  discard(clientId: string): void {
    this.core.outbox.discardOutgoing(clientId);
  }

  /** Marks all messages up to this one as read. */
  markRead(seq: number): void {
    const { me, last_seq } = this.info.get() ?? {};
    if (!me || (seq <= me.last_read_seq && me.unread_count === 0)) return;
    this.state?.takeReadMark(this.core.myId(), Math.min(seq, last_seq ?? seq));
    this.core.reads.sendMark(this.id, seq);
  }

  /**
   * Who has read a message: its number of readers, and the first of them, each with the time if this
   * client knows it.
   */
  async readers(seq: number): Promise<MessageReaders> {
    const path = `/rooms/${this.id}/messages/${seq}/readers`;
    type Page = { count: number; items: readonly Member[] };
    const { count, items } = await this.core.http.request<Page>("GET", path, {
      query: { limit: MOST_READERS_LISTED },
    });
    const readers = items.map(({ user }) => {
      return { user, at: this.state?.members.readAt(user.id, seq) ?? null };
    });
    return { count, readers };
  }

  /** Messages that have files of a kind, the newest first. */
  listAttachments({ kind, beforeSeq, limit, signal }: AttachmentsWanted = {}) {
    return this.core.http.request<AttachmentsPage>("GET", `/rooms/${this.id}/attachments`, {
      query: { kind, before_seq: beforeSeq, limit },
      signal,
    });
  }

  /** Call this at each key. The server is told at intervals. */
  typingNow(): void {
    this.types.keyPressed();
  }

  /** Call this when the text has become empty. */
  typingStopped(): void {
    this.types.stopTyping();
  }

  async notify(changes: RoomMeChanges): Promise<RoomMe> {
    const path = `/rooms/${this.id}/me`;
    const me = await this.core.http.request<RoomMe>("PATCH", path, { body: changes });
    this.state?.takeSettings(me);
    return me;
  }

  /** Leaves the room. It is no failure if the user has left already. */
  async leave(): Promise<void> {
    try {
      await this.core.connection.call("/rooms", "leave_room", { room_id: this.id });
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "not_found") throw error;
    }
    this.core.rooms.removeRoom(this.id, "left");
  }

  /** Loads the next page of members. Resolves to false when all are loaded. */
  async loadMembers(): Promise<boolean> {
    if (this.membersCursor === null) return false;
    const query = { limit: 100, cursor: this.membersCursor };
    const path = `/rooms/${this.id}/members`;
    type Page = { items: readonly Member[]; next: string | null };
    const page = await this.core.http.request<Page>("GET", path, { query });
    for (const member of page.items) this.state?.takeMember(member);
    this.membersCursor = page.next;
    return page.next !== null;
  }

  /** @internal The user has joined the room, or left it. */
  bindState(state: RoomState | undefined, departure: Departure | null = null): void {
    this.state = state;
    this.departed = departure;
    this.membersCursor = undefined;
    this.pages = undefined;
    this.types.forgetTypists();
    if (state && this.opened) ignoreFailure(this.open());
    else if (state && this.membersWatched) ignoreFailure(this.learnMembers());
    this.touch();
  }

  /** @internal The messages that were held are outdated. */
  roomStartedAfresh(): void {
    this.membersCursor = undefined;
    if (this.opened) ignoreFailure(this.needPages().reloadPlace());
    if (this.opened || this.membersWatched) ignoreFailure(this.learnMembers());
  }

  /** @internal Other members' read marks have no version, so they are fetched again. */
  connected(): void {
    if (this.opened || this.membersWatched) ignoreFailure(this.learnMembers());
    if (this.opened && this.state?.history.stale) ignoreFailure(this.needPages().reloadPlace());
  }

  /** @internal */
  lost(): void {
    this.types.forgetTypists();
  }

  /** @internal */
  heardTyping(userId: string, typing: boolean): void {
    this.types.heardTyping(userId, typing);
  }

  /** @internal */
  touch(): void {
    this.info.touch();
    this.departure.touch();
    this.members.touch();
    this.timeline.touch();
  }

  private makeTimeline(): Timeline {
    const { state, pages } = this;
    const messages = state?.history.messages ?? EMPTY_TIMELINE.messages;
    const outgoing = stillOutgoing(this.core.outbox.outgoingIn(this.id), messages);
    if (!state || !pages)
      return { ...EMPTY_TIMELINE, messages, outgoing, hasOlder: (messages[0]?.seq ?? 1) > 1 };
    const { hasOlder, hasNewer, loading, firstUnreadSeq } = pages;
    return { messages, outgoing, hasOlder, hasNewer, loading, firstUnreadSeq };
  }

  private needPages(): HistoryPages {
    if (!this.state) throw unavailable("the user is not in this room");
    this.pages ??= new HistoryPages(
      this.core.http,
      this.state,
      () => this.core.myId(),
      () => this.timeline.touch(),
    );
    return this.pages;
  }

  private watchMembers(watched: boolean): void {
    this.membersWatched = watched;
    if (watched && !this.opened) ignoreFailure(this.learnMembers());
  }

  private async learnMembers(): Promise<void> {
    const ack = await this.core.connection.call("/rooms", "get_room", { room_id: this.id });
    for (const member of ack.members) this.state?.takeMember(member);
  }
}
