/** The rooms that are held, and how events change them. */

import { type Change, isDurable, lastActivity } from "./changes.ts";
import { ignoreFailure } from "./errors.ts";
import { RoomState, type Surroundings } from "./room-state.ts";
import type { Departure, Room, RoomsTold, User } from "./types.ts";
import { Derived } from "./value.ts";

type SyncedRoom = { room: Room; complete: boolean } & Parameters<RoomState["takeSyncedChanges"]>[0];
type SyncedMarks = NonNullable<Room["me"]> & { readonly peer_last_read_seq: number | null };

export class Rooms {
  /** The room with the latest activity first. */
  readonly list = new Derived<readonly Room[]>(() =>
    this.allRooms()
      .map((each) => each.room.get())
      .sort(byActivity),
  );
  readonly unread = new Derived(() => this.sumUnread());
  /** The departure is null if the session has ended. */
  onRemove: (id: string, departure: Departure | null) => void = () => {};
  /** Called with each room that was not held before. */
  onAdd: (state: RoomState) => void = () => {};
  private readonly states = new Map<string, RoomState>();
  private mentions = 0;

  constructor(private readonly around: Surroundings) {}

  findRoom(id: string): RoomState | undefined {
    return this.states.get(id);
  }

  allRooms(): RoomState[] {
    return [...this.states.values()];
  }

  /** Adds a room from the cache or from the server, with none of its messages yet. */
  addRoom(room: Room): RoomState {
    const state = new RoomState(room.id, room, this.around);
    this.states.set(room.id, state);
    this.onAdd(state);
    this.touchLists();
    return state;
  }

  removeRoom(id: string, reason: Departure["reason"] | null): void {
    const state = this.states.get(id);
    if (!state) return;
    state.close();
    this.states.delete(id);
    this.onRemove(id, reason && { room: state.room.get(), reason });
    this.touchLists();
  }

  clearRooms(): void {
    for (const id of [...this.states.keys()]) this.removeRoom(id, null);
  }

  startRoomAfresh(room: Room): void {
    const state = this.states.get(room.id);
    if (!state) this.addRoom(room);
    else if (room.version > state.heldVersion.version) state.startAfresh(room);
  }

  /**
   * Takes a room from a sync answer. A room that is not newer than the held version changes
   * nothing.
   */
  takeSyncedRoom(entry: SyncedRoom): void {
    const state = this.states.get(entry.room.id);
    if (state && entry.room.version <= state.heldVersion.version) return;
    if (state && entry.complete) state.takeSyncedChanges(entry);
    else this.startRoomAfresh(entry.room);
  }

  /**
   * Takes the read marks of a sync answer. `version` is the one that the call named for the room.
   */
  takeSyncedMarks(
    id: string,
    reads: SyncedMarks,
    version: number,
    entries: readonly { room: Room }[],
  ): void {
    const state = this.states.get(id);
    if (!state) return;
    const { peer_last_read_seq, ...me } = reads;
    const told = entries.find(({ room }) => room.id === id)?.room.version;
    state.takeMe(me, told ?? version);
    const peer = state.room.get().peer;
    if (peer && peer_last_read_seq !== null) state.takeReadMark(peer.id, peer_last_read_seq);
  }

  hearEvent<E extends keyof RoomsTold>(event: E, data: RoomsTold[E]): void;
  hearEvent(event: string, data: never): void {
    if (isDurable(event)) this.hearChange(event, data);
    else this.hearOther(event, data);
  }

  takeUnread(told: {
    room_id: string;
    version: number;
    last_read_seq: number;
    unread_count: number;
    mentions: number;
  }): void {
    this.mentions = told.mentions;
    const state = this.states.get(told.room_id);
    const me = state?.room.get().me;
    if (state && me) state.takeMe({ ...me, ...pickMark(told) }, told.version);
    this.touchLists();
  }

  takeUser(user: User): void {
    for (const state of this.states.values()) state.takeUser(user);
  }

  takeMentions(mentions: number): void {
    this.mentions = mentions;
    this.touchLists();
  }

  touchLists(): void {
    this.list.touch();
    this.unread.touch();
  }

  private hearChange(event: Change["event"], data: Change["data"]): void {
    const state = this.states.get(data.room_id);
    if (!state) ignoreFailure(this.around.fill(data.room_id));
    else state.heldVersion.hearChange({ event, data, version: data.version } as Change);
  }

  private hearOther(event: string, data: RoomsTold[keyof RoomsTold]): void {
    if (event === "room_joined") this.startRoomAfresh((data as RoomsTold["room_joined"]).room);
    else if (event === "room_left") this.roomLeft(data as RoomsTold["room_left"]);
    else if (event === "room_me") {
      const { room_id, me } = data as RoomsTold["room_me"];
      this.states.get(room_id)?.takeSettings(me);
    } else if (event === "read") {
      const { room_id, user_id, last_read_seq } = data as RoomsTold["read"];
      const now = new Date().toISOString();
      this.states.get(room_id)?.takeReadMark(user_id, last_read_seq, undefined, now);
    }
  }

  private roomLeft({ room_id, version, reason }: RoomsTold["room_left"]): void {
    const state = this.states.get(room_id);
    if (state && state.heldVersion.version <= version) this.removeRoom(room_id, reason);
  }

  private sumUnread(): { total: number; mentions: number } {
    const total = this.allRooms().reduce(
      (sum, { room }) => sum + (room.get().me?.unread_count ?? 0),
      0,
    );
    return { total, mentions: total === 0 ? 0 : this.mentions };
  }
}

function pickMark({
  last_read_seq,
  unread_count,
}: {
  last_read_seq: number;
  unread_count: number;
}) {
  return { last_read_seq, unread_count };
}

function byActivity(a: Room, b: Room): number {
  const [older, newer] = [lastActivity(a), lastActivity(b)];
  return older < newer ? 1 : older > newer ? -1 : a.id < b.id ? 1 : -1;
}
