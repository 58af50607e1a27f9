/** Everything that is held of one room, as of one version. */

import { type Change, roomAfter } from "./changes.ts";
import { HeldVersion } from "./held-version.ts";
import { History } from "./history.ts";
import { Members } from "./members.ts";
import { asUpdate, countsAsUnread, laterCopy, type OwnReactions, ownReactions } from "./merge.ts";
import type { Member, Message, Room, RoomMe, User } from "./types.ts";
import { Cell } from "./value.ts";

export interface SyncedChanges {
  readonly room: Room;
  readonly messages: readonly Message[];
  readonly members: readonly Member[];
  readonly gone: readonly string[];
}

/** What a room's state reports to the client around it. */
export interface Surroundings {
  readonly myId: () => string;
  /** Fetches the missing changes of a room. */
  readonly fill: (roomId: string) => Promise<void>;
  /** The room's data contained this profile. */
  readonly onUser: (user: User) => void;
  /** Something in the room has changed, and is to be shown and cached. */
  readonly onChange: (state: RoomState) => void;
  /** A message was sent or changed: other copies of it are to follow. */
  readonly onMessageChange: (message: Message) => void;
  /** Called once for each new message, in order. */
  readonly onMessage: (state: RoomState, message: Message) => void;
  /** `onMessage` is not called for the messages from `from` to `to`, of which there may be none. */
  readonly onMissed: (state: RoomState, from: number, to: number) => void;
  /** The held messages are outdated: pages that somebody is looking at are to be fetched anew. */
  readonly onFresh: (state: RoomState) => void;
}

export class RoomState {
  readonly room: Cell<Room>;
  readonly history = new History();
  readonly members: Members;
  readonly heldVersion: HeldVersion<Change>;
  /** The version at which the server itself counted `unread_count`. */
  private countedAt: number;

  constructor(
    readonly id: string,
    room: Room,
    private readonly around: Surroundings,
  ) {
    this.room = new Cell(room);
    this.countedAt = room.version;
    this.members = new Members(() => around.onChange(this));
    this.heldVersion = new HeldVersion(
      room.version,
      (change) => this.applyChange(change),
      () => around.fill(this.id),
    );
    this.history.resetTo(room.last_message);
    if (room.peer) around.onUser(room.peer);
  }

  /**
   * Takes the server's copy of the room. What only concerns this user is kept if the copy lacks it.
   */
  private takeRoom(room: Room): void {
    const { peer, me } = this.room.get();
    this.countedAt = room.version;
    this.room.set({ ...room, peer: room.peer ?? peer, me: room.me ?? me });
    if (room.peer) this.around.onUser(room.peer);
  }

  /** Takes the changes since the held version, as `sync` returns them. */
  takeSyncedChanges({ room, messages, members, gone }: SyncedChanges): void {
    const before = this.room.get();
    this.takeRoom(room);
    for (const member of members) this.takeMember(member);
    for (const id of gone) this.members.removeMember(id, room.version);
    for (const message of messages) this.putMessage(message);
    const fresh = messages.filter(({ seq }) => seq > before.last_seq);
    for (const message of fresh.sort((a, b) => a.seq - b.seq)) this.around.onMessage(this, message);
    // Last, since it may apply later changes with their messages.
    this.heldVersion.holdVersion(room.version);
    this.touch();
  }

  /** Drops what is held, and starts over with the room as it is now. */
  startAfresh(room: Room): void {
    const before = this.room.get();
    this.takeRoom(room);
    this.members.clearMembers();
    if (this.history.opened) this.history.stale = true;
    else this.history.resetTo(room.last_message);
    this.around.onMissed(this, before.last_seq + 1, room.last_seq);
    this.heldVersion.holdVersion(room.version);
    this.around.onFresh(this);
    this.touch();
  }

  putMessage(message: Message, own?: OwnReactions): void {
    this.history.putMessage(asUpdate(message, own));
    const room = this.room.get();
    const last = room.last_message;
    if (last?.seq === message.seq && last.version <= message.version) {
      const copy = this.history.findMessage(message.seq) ?? laterCopy(last, asUpdate(message, own));
      this.room.set({ ...room, last_message: copy });
    }
    const { author_id, seq, created_at } = message;
    // A message moves its author's mark, and nothing else says so.
    if (author_id) this.members.takeReadMark(author_id, seq, created_at);
    this.around.onMessageChange(message);
  }

  /**
   * Takes the user's settings and read mark. `unread_count` is taken only if it was counted at the
   * room's version or later.
   */
  takeMe(me: RoomMe, countedAt: number): void {
    const room = this.room.get();
    const mark = Math.max(me.last_read_seq, room.me?.last_read_seq ?? 0);
    const old = countedAt < Math.max(room.version, this.countedAt) || me.last_read_seq < mark;
    const unread = old ? (room.me?.unread_count ?? 0) : me.unread_count;
    if (!old) this.countedAt = countedAt;
    const role = countedAt < room.version ? (room.me?.role ?? me.role) : me.role;
    this.room.set({ ...room, me: { ...me, role, last_read_seq: mark, unread_count: unread } });
    this.members.takeReadMark(this.around.myId(), mark);
    this.touch();
  }

  /** Takes the settings that the user has chosen for this room. */
  takeSettings({ notify, muted_until }: RoomMe): void {
    const room = this.room.get();
    if (!room.me) return;
    this.room.set({ ...room, me: { ...room.me, notify, muted_until } });
    this.touch();
  }

  /** Takes the read mark of a member, who may be the user. */
  takeReadMark(userId: string, seq: number, unread?: number, at?: string): void {
    this.members.takeReadMark(userId, seq, at);
    const room = this.room.get();
    if (userId !== this.around.myId() || !room.me || room.me.last_read_seq > seq) return;
    const count = unread ?? this.unreadAfter(seq);
    this.room.set({ ...room, me: { ...room.me, last_read_seq: seq, unread_count: count } });
    this.touch();
  }

  takeUser(user: User): void {
    const room = this.room.get();
    this.members.takeUser(user);
    if (room.peer?.id !== user.id) return;
    this.room.set({ ...room, peer: user });
    this.touch();
  }

  takeMember(member: Member): void {
    this.members.putMember(member);
    this.around.onUser(member.user);
  }

  close(): void {
    this.heldVersion.close();
  }

  touch(): void {
    this.around.onChange(this);
  }

  /** Counts as far as the held messages allow. The server sends the exact number soon. */
  private unreadAfter(seq: number): number {
    const { last_seq, me } = this.room.get();
    if (seq >= last_seq) return 0;
    const { messages, first, last } = this.history;
    if (first > seq + 1 || last < last_seq) return me?.unread_count ?? 0;
    const my = this.around.myId();
    return messages.filter((each) => each.seq > seq && countsAsUnread(each, my)).length;
  }

  private applyChange(change: Change): void {
    const { event, data } = change;
    const before = this.room.get();
    const old =
      "message" in data && data.message ? this.history.findMessage(data.message.seq) : undefined;
    this.room.set(roomAfter(before, change));
    if (event === "member_joined" || event === "member_updated") this.takeMember(data.member);
    if (event === "member_left") this.members.removeMember(data.user_id, data.version);
    if ("message" in data && data.message) {
      const own =
        event === "message_updated"
          ? ownReactions(data.reactions_changed, this.around.myId())
          : undefined;
      this.putMessage(data.message, own);
      this.countUnread(change, data.message, old);
      if (data.message.seq > before.last_seq) this.around.onMessage(this, data.message);
    }
    this.takeOwnRole(change);
    this.touch();
  }

  /** Counts a change that the server's own number does not include yet. */
  private countUnread(change: Change, message: Message, old: Message | undefined): void {
    const my = this.around.myId();
    let room = this.room.get();
    if (change.event === "message_created") {
      const counted = change.version <= this.countedAt ? room.me?.unread_count : 0;
      if (message.author_id === my && (room.me?.last_read_seq ?? 0) < message.seq) {
        this.takeReadMark(my, message.seq, counted);
      }
    }
    room = this.room.get();
    if (!room.me || change.version <= this.countedAt) return;
    if (message.seq <= room.me.last_read_seq) return;
    const more = change.event === "message_created" && countsAsUnread(message, my);
    const less = old && countsAsUnread(old, my) && !countsAsUnread(message, my);
    const unread = room.me.unread_count + (more ? 1 : less ? -1 : 0);
    if (more || less) this.room.set({ ...room, me: { ...room.me, unread_count: unread } });
  }

  private takeOwnRole({ event, data }: Change): void {
    const room = this.room.get();
    if (event !== "member_updated" || data.member.user.id !== this.around.myId() || !room.me)
      return;
    this.room.set({ ...room, me: { ...room.me, role: data.member.role } });
  }
}
