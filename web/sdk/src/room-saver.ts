/** Writes the rooms that have changed to the cache, a little later. */

import type { Cache, Entry } from "./cache.ts";
import { ignoreFailure } from "./errors.ts";
import type { RoomState } from "./room-state.ts";
import type { Rooms } from "./rooms.ts";
import type { Message, Room } from "./types.ts";
import { onPageLeave } from "./visibility.ts";

const SAVE_LATER = 1_000;
/** How many messages of a room are cached: enough for a first screen. */
const MOST_CACHED = 40;

/**
 * A room and its latest messages. They are stored in one entry, because both are as of the same
 * version.
 */
interface KeptRoom {
  /** Data of another epoch is useless, whatever its version. */
  readonly epoch: string | null;
  readonly room: Room;
  readonly messages: readonly Message[];
  /** The listeners of the application are done with all messages up to this one. */
  readonly told?: number;
}

/** How far the listeners have got in each room, which is saved with the room. */
interface ToldRooms {
  toldUpTo(room: Room): number;
  roomRestored(room: Room, messages: readonly Message[], told: number): void;
}

export class RoomSaver {
  private readonly changed = new Set<string>();
  private epoch: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stopListening: () => void;

  constructor(
    private readonly cache: Cache,
    private readonly rooms: Rooms,
    private readonly told: ToldRooms,
  ) {
    this.stopListening = onPageLeave(() => this.saveRooms());
  }

  async loadRooms(): Promise<string | null> {
    const state = new Map(await this.cache.load("state"));
    this.epoch = (state.get("epoch") as string | undefined) ?? null;
    const old: string[] = [];
    for (const [id, value] of await this.cache.load("rooms")) {
      const { epoch, room, messages, told = room.last_seq } = value as KeptRoom;
      if (epoch === null || epoch !== this.epoch) old.push(id);
      else if (!this.rooms.findRoom(id)) {
        this.rooms.addRoom(room).history.restoreMessages(messages);
        this.told.roomRestored(room, messages, told);
      }
    }
    // Adding the rooms has marked them as changed, though they are in the cache already.
    this.forgetChanges();
    for (const id of old) this.roomChanged(id);
    return this.epoch;
  }

  saveEpoch(epoch: string): void {
    this.epoch = epoch;
    ignoreFailure(this.cache.save([["state", "epoch", epoch]]));
  }

  roomChanged(roomId: string): void {
    this.changed.add(roomId);
    this.timer ??= setTimeout(() => this.saveRooms(), SAVE_LATER);
  }

  saveRooms(): void {
    const entries = this.takeUnsaved();
    if (entries.length > 0) ignoreFailure(this.cache.save(entries));
  }

  /** Returns the rooms that have changed, which the caller then saves. */
  takeUnsaved(): readonly Entry[] {
    const entries = [...this.changed].map((id): Entry => ["rooms", id, this.keptRoom(id)]);
    this.forgetChanges();
    return entries;
  }

  forgetChanges(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed.clear();
  }

  close(): void {
    this.stopListening();
    this.saveRooms();
  }

  private keptRoom(roomId: string): KeptRoom | undefined {
    const state = this.rooms.findRoom(roomId);
    if (!state) return undefined;
    const room = state.room.get();
    return { epoch: this.epoch, room, messages: latest(state), told: this.told.toldUpTo(room) };
  }
}

/** Returns none when the latest messages are not the ones that are held. */
function latest({ history, room }: RoomState): readonly Message[] {
  const isLatest = !history.stale && history.last >= room.get().last_seq;
  return isLatest ? history.messages.slice(-MOST_CACHED) : [];
}
