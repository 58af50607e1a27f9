/** Tells the server which versions are held, and takes the changes that are missing. */

import { lastActivity } from "./changes.ts";
import { compareTexts } from "./compare.ts";
import type { Connection } from "./connection.ts";
import { unavailable } from "./errors.ts";
import type { Rooms } from "./rooms.ts";
import type { Room, RoomsSent } from "./types.ts";

/** The number of rooms that one call may name. */
const MOST_ROOMS = 1_000;

type SyncPayload = RoomsSent["sync"]["payload"];
type SyncAnswer = RoomsSent["sync"]["ack"];

export class Sync {
  epoch: string | null = null;
  /**
   * Called when the epoch becomes known, or when the server has another history than the one that
   * is held (`restored`).
   */
  onEpoch: (epoch: string, restored: boolean) => void = () => {};
  private running: Promise<void> | null = null;
  private again = false;
  private readonly listed = new Map<string, Promise<void>>();

  constructor(
    private readonly connection: Connection,
    private readonly rooms: Rooms,
    private readonly otherRooms: (known: (id: string) => boolean) => Promise<readonly Room[]>,
  ) {}

  /** Syncs all rooms. A call during a running sync starts another round after it. */
  syncAll(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.rounds().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Syncs one room, one call at a time. A room that is not held is fetched from the start. */
  syncRoom(id: string): Promise<void> {
    const running = this.listed.get(id);
    if (running) return running;
    const work = this.listedRoom(id).finally(() => this.listed.delete(id));
    this.listed.set(id, work);
    return work;
  }

  private async rounds(): Promise<void> {
    do {
      this.again = false;
      await this.round();
    } while (this.again);
  }

  private async round(): Promise<void> {
    const held = this.rooms
      .allRooms()
      .sort((a, b) => compareTexts(lastActivity(b.room.get()), lastActivity(a.room.get())));
    const ids = held.map((each) => each.id);
    let hasMore = await this.callUntilComplete(ids.slice(0, MOST_ROOMS), "all");
    for (let start = MOST_ROOMS; start < ids.length; start += MOST_ROOMS) {
      await this.callUntilComplete(ids.slice(start, start + MOST_ROOMS), "listed");
    }
    if (!hasMore) return;
    hasMore = false;
    for (const room of await this.otherRooms((id) => this.rooms.findRoom(id) !== undefined)) {
      if (!this.rooms.findRoom(room.id)) this.rooms.startRoomAfresh(room);
    }
  }

  private async listedRoom(id: string): Promise<void> {
    if (!this.connection.connected) throw unavailable("not connected");
    await this.callUntilComplete([id], "listed");
  }

  /**
   * Calls until the answer is complete. Resolves to whether there are rooms that no answer has
   * named.
   */
  private async callUntilComplete(
    ids: readonly string[],
    scope: "all" | "listed",
  ): Promise<boolean> {
    for (;;) {
      const named: Record<string, number> = {};
      for (const id of ids) named[id] = this.rooms.findRoom(id)?.heldVersion.version ?? 0;
      const payload: SyncPayload = { rooms: named, scope };
      const answer = await this.connection.call("/rooms", "sync", payload);
      if (this.isOtherHistory(answer)) return this.callUntilComplete([], "all");
      this.takeAnswer(answer, named);
      if (!answer.more) return answer.has_more;
      if (scope === "all") {
        // Rooms that came as a head are held now. Unless they are named, they would come again.
        ids = this.withNewRooms(ids, answer);
      }
    }
  }

  private withNewRooms(ids: readonly string[], answer: SyncAnswer): readonly string[] {
    const more = answer.rooms.map(({ room }) => room.id).filter((id) => !ids.includes(id));
    return [...ids, ...more].slice(-MOST_ROOMS);
  }

  private isOtherHistory({ epoch }: SyncAnswer): boolean {
    if (this.epoch === epoch) return false;
    const restored = this.epoch !== null;
    this.epoch = epoch;
    this.onEpoch(epoch, restored);
    return restored;
  }

  private takeAnswer(answer: SyncAnswer, named: Readonly<Record<string, number>>): void {
    for (const id of answer.left) {
      // If the version has changed since the call, the user has joined the room again.
      if (this.rooms.findRoom(id)?.heldVersion.version !== named[id]) continue;
      this.rooms.removeRoom(id, "unknown");
    }
    for (const entry of answer.rooms) {
      // This is the head of a room that another call names.
      if (!(entry.room.id in named) && this.rooms.findRoom(entry.room.id)) continue;
      this.rooms.takeSyncedRoom(entry);
    }
    for (const [id, reads] of Object.entries(answer.reads)) {
      this.rooms.takeSyncedMarks(id, reads, named[id] ?? 0, answer.rooms);
    }
  }
}
