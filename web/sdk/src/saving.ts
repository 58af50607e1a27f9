/** What is held of the rooms goes into the cache, a little later. */

import type { Cache, Entry } from "./cache.ts";
import { forget } from "./errors.ts";
import type { RoomState } from "./room-state.ts";
import type { Rooms } from "./rooms.ts";
import type { Message, Room } from "./types.ts";
import { onLeave } from "./visibility.ts";

const LATER = 1_000;
/** Messages of a room: enough for a first screen. */
const MOST = 40;

/** A room and its latest messages as of one version: in one piece, since they belong together. */
interface Kept {
  /** One of another history is of no use, whatever its version. */
  readonly epoch: string | null;
  readonly room: Room;
  readonly messages: readonly Message[];
}

export class Saving {
  private readonly changed = new Set<string>();
  private epoch: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stopListening: () => void;

  constructor(
    private readonly cache: Cache,
    private readonly rooms: Rooms,
  ) {
    this.stopListening = onLeave(() => this.save());
  }

  async load(): Promise<string | null> {
    const state = new Map(await this.cache.load("state"));
    this.epoch = (state.get("epoch") as string | undefined) ?? null;
    const old: string[] = [];
    for (const [id, value] of await this.cache.load("rooms")) {
      const { epoch, room, messages } = value as Kept;
      if (epoch !== this.epoch) old.push(id);
      else if (!this.rooms.find(id)) this.rooms.add(room).history.restore(messages);
    }
    // The others are there already.
    this.forget();
    for (const id of old) this.change(id);
    return this.epoch;
  }

  saveEpoch(epoch: string): void {
    this.epoch = epoch;
    forget(this.cache.save([["state", "epoch", epoch]]));
  }

  change(roomId: string): void {
    this.changed.add(roomId);
    this.timer ??= setTimeout(() => this.save(), LATER);
  }

  save(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const entries = [...this.changed].map((id): Entry => ["rooms", id, this.kept(id)]);
    this.changed.clear();
    if (entries.length > 0) forget(this.cache.save(entries));
  }

  forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed.clear();
  }

  close(): void {
    this.stopListening();
    this.save();
  }

  private kept(roomId: string): Kept | undefined {
    const state = this.rooms.find(roomId);
    return state && { epoch: this.epoch, room: state.room.get(), messages: latest(state) };
  }
}

/** None when one looks at others. */
function latest({ history, room }: RoomState): readonly Message[] {
  const isLatest = !history.stale && history.last >= room.get().last_seq;
  return isLatest ? history.messages.slice(-MOST) : [];
}
