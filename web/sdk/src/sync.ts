/** Tells the server what is held, and takes what is missing. */

import { activity } from "./changes.ts";
import type { Connection } from "./connection.ts";
import { unavailable } from "./errors.ts";
import type { Rooms } from "./rooms.ts";
import type { Room, RoomsSent } from "./types.ts";

/** Rooms that one call may name. */
const MOST_ROOMS = 1_000;

type Payload = RoomsSent["sync"]["payload"];
type Answer = RoomsSent["sync"]["ack"];

export class Sync {
  epoch: string | null = null;
  /** Called when the server has another history than the one that is held. */
  onEpoch: (epoch: string) => void = () => {};
  private running: Promise<void> | null = null;
  private again = false;
  private readonly listed = new Map<string, Promise<void>>();

  constructor(
    private readonly connection: Connection,
    private readonly rooms: Rooms,
    private readonly otherRooms: (known: (id: string) => boolean) => Promise<readonly Room[]>,
  ) {}

  /** Everything. Who asks while it is under way gets another round, after it. */
  all(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.rounds().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** One room, one call at a time; one that is not held is asked for from the beginning. */
  room(id: string): Promise<void> {
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
      .all()
      .sort((a, b) => compare(activity(b.room.get()), activity(a.room.get())));
    const ids = held.map((each) => each.id);
    let hasMore = await this.until(ids.slice(0, MOST_ROOMS), "all");
    for (let start = MOST_ROOMS; start < ids.length; start += MOST_ROOMS) {
      await this.until(ids.slice(start, start + MOST_ROOMS), "listed");
    }
    if (!hasMore) return;
    hasMore = false;
    for (const room of await this.otherRooms((id) => this.rooms.find(id) !== undefined)) {
      if (!this.rooms.find(room.id)) this.rooms.startAfresh(room);
    }
  }

  private async listedRoom(id: string): Promise<void> {
    if (!this.connection.connected) throw unavailable("not connected");
    await this.until([id], "listed");
  }

  /** Calls until there is no more. Whether there are rooms that no call has told of. */
  private async until(ids: readonly string[], scope: "all" | "listed"): Promise<boolean> {
    for (;;) {
      const named: Record<string, number> = {};
      for (const id of ids) named[id] = this.rooms.find(id)?.holding.version ?? 0;
      const payload: Payload = { rooms: named, scope };
      const answer = await this.connection.call("/rooms", "sync", payload);
      if (this.isOtherHistory(answer)) return this.until([], "all");
      this.take(answer, named);
      if (!answer.more) return answer.has_more;
      if (scope === "all") {
        // What came as a head is held now, and would come again.
        ids = this.named(ids, answer);
      }
    }
  }

  private named(ids: readonly string[], answer: Answer): readonly string[] {
    const more = answer.rooms.map(({ room }) => room.id).filter((id) => !ids.includes(id));
    return [...ids, ...more].slice(-MOST_ROOMS);
  }

  private isOtherHistory({ epoch }: Answer): boolean {
    if (this.epoch === epoch) return false;
    const restored = this.epoch !== null;
    this.epoch = epoch;
    this.onEpoch(epoch);
    return restored;
  }

  private take(answer: Answer, named: Readonly<Record<string, number>>): void {
    for (const id of answer.left) {
      // One that has moved on since was got into again.
      if (this.rooms.find(id)?.holding.version === named[id]) this.rooms.remove(id);
    }
    for (const entry of answer.rooms) {
      // The head of a room that another call names.
      if (!(entry.room.id in named) && this.rooms.find(entry.room.id)) continue;
      this.rooms.take(entry);
    }
    for (const [id, reads] of Object.entries(answer.reads)) {
      this.rooms.takeReads(id, reads, named[id] ?? 0, answer.rooms);
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
