/** The rooms that are held, and what their events do to them. */

import { activity, type Change, isDurable } from "./changes.ts";
import { forget } from "./errors.ts";
import { RoomState, type Surroundings } from "./room-state.ts";
import type { Room, RoomsTold, User } from "./types.ts";
import { Derived } from "./value.ts";

type RoomSync = { room: Room; complete: boolean } & Parameters<RoomState["take"]>[0];
type Reads = NonNullable<Room["me"]> & { readonly peer_last_read_seq: number | null };

export class Rooms {
  /** Latest activity first. */
  readonly list = new Derived<readonly Room[]>(() =>
    this.all()
      .map((each) => each.room.get())
      .sort(byActivity),
  );
  readonly unread = new Derived(() => this.sum());
  onRemove: (id: string) => void = () => {};
  /** A room that was not held before. */
  onAdd: (state: RoomState) => void = () => {};
  private readonly states = new Map<string, RoomState>();
  private mentions = 0;

  constructor(private readonly around: Surroundings) {}

  find(id: string): RoomState | undefined {
    return this.states.get(id);
  }

  all(): RoomState[] {
    return [...this.states.values()];
  }

  /** From the cache, or as the server tells it: nothing of it is held yet. */
  add(room: Room): RoomState {
    const state = new RoomState(room.id, room, this.around);
    this.states.set(room.id, state);
    this.onAdd(state);
    this.touch();
    return state;
  }

  remove(id: string): void {
    const state = this.states.get(id);
    if (!state) return;
    state.close();
    this.states.delete(id);
    this.onRemove(id);
    this.touch();
  }

  clear(): void {
    for (const id of [...this.states.keys()]) this.remove(id);
  }

  startAfresh(room: Room): void {
    const state = this.states.get(room.id);
    if (!state) this.add(room);
    else if (room.version > state.holding.version) state.startAfresh(room);
  }

  /** Of a sync answer; one that is not above the held version changes nothing. */
  take(entry: RoomSync): void {
    const state = this.states.get(entry.room.id);
    if (state && entry.room.version <= state.holding.version) return;
    if (state && entry.complete) state.take(entry);
    else this.startAfresh(entry.room);
  }

  /** Marks of a sync that named `version`. */
  takeReads(id: string, reads: Reads, version: number, entries: readonly { room: Room }[]): void {
    const state = this.states.get(id);
    if (!state) return;
    const { peer_last_read_seq, ...me } = reads;
    const told = entries.find(({ room }) => room.id === id)?.room.version;
    state.takeMe(me, told ?? version);
    const peer = state.room.get().peer;
    if (peer && peer_last_read_seq !== null) state.takeMark(peer.id, peer_last_read_seq);
  }

  hear<E extends keyof RoomsTold>(event: E, data: RoomsTold[E]): void;
  hear(event: string, data: never): void {
    if (isDurable(event)) this.change(event, data);
    else this.hint(event, data);
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
    this.touch();
  }

  takeUser(user: User): void {
    for (const state of this.states.values()) state.takeUser(user);
  }

  takeMentions(mentions: number): void {
    this.mentions = mentions;
    this.touch();
  }

  touch(): void {
    this.list.touch();
    this.unread.touch();
  }

  private change(event: Change["event"], data: Change["data"]): void {
    const state = this.states.get(data.room_id);
    if (!state) forget(this.around.fill(data.room_id));
    else state.holding.hear({ event, data, version: data.version } as Change);
  }

  private hint(event: string, data: RoomsTold[keyof RoomsTold]): void {
    if (event === "room_joined") this.startAfresh((data as RoomsTold["room_joined"]).room);
    else if (event === "room_left") this.leave(data as RoomsTold["room_left"]);
    else if (event === "room_me") {
      const { room_id, me } = data as RoomsTold["room_me"];
      this.states.get(room_id)?.takeSettings(me);
    } else if (event === "read") {
      const { room_id, user_id, last_read_seq } = data as RoomsTold["read"];
      this.states.get(room_id)?.takeMark(user_id, last_read_seq);
    }
  }

  private leave({ room_id, version }: RoomsTold["room_left"]): void {
    const state = this.states.get(room_id);
    if (state && state.holding.version <= version) this.remove(room_id);
  }

  private sum(): { total: number; mentions: number } {
    const total = this.all().reduce((sum, { room }) => sum + (room.get().me?.unread_count ?? 0), 0);
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
  const [older, newer] = [activity(a), activity(b)];
  return older < newer ? 1 : older > newer ? -1 : a.id < b.id ? 1 : -1;
}
