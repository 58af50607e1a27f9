/**
 * Messages that are shown outside of a timeline: hits, pins, the message that is being answered. All
 * of them follow the changes of the message.
 */

import { asChatError } from "./errors.ts";
import { asUpdate, laterCopy, withQuote } from "./merge.ts";
import type { Message } from "./types.ts";
import { Cell, type Value } from "./value.ts";

/** Copies of a room that nobody looks at are kept up to this number. */
const MOST_IDLE = 100;
/** Changes that may concern a copy which is being fetched are kept up to this number. */
const MOST_RECENT_CHANGES = 200;

/** Undefined until it is known; null if the user cannot read it (any more). */
export type Copy = Message | null | undefined;

interface Place {
  readonly cell: Cell<Copy>;
  watched: boolean;
  /** The message may have changed while no events came. */
  stale: boolean;
}

export interface CopySources {
  /** The copy in a timeline. */
  held(roomId: string, seq: number): Message | undefined;
  fetch(roomId: string, seq: number): Promise<Message>;
}

export class Copies {
  private readonly rooms = new Map<string, Map<number, Place>>();
  private readonly recent = new Map<string, Message>();
  private readonly wanted = new Set<string>();
  private fetching = false;

  constructor(private readonly sources: CopySources) {}

  /** `first` is a copy that came with something else. */
  message(roomId: string, seq: number, first?: Message): Value<Copy> {
    const place = this.rooms.get(roomId)?.get(seq) ?? this.addPlace(roomId, seq);
    if (first) this.put(place, first);
    return place.cell;
  }

  /** Takes a message that was sent or changed. */
  takeMessage(message: Message): void {
    const { room_id, seq, edited_at, deleted_at, pinned_at } = message;
    if (edited_at || deleted_at || pinned_at) this.remember(message);
    const places = this.rooms.get(room_id);
    if (!places) return;
    const own = places.get(seq);
    if (own) this.put(own, message);
    for (const { cell } of places.values()) {
      const copy = cell.get();
      if (copy) cell.set(withQuote(copy, message));
    }
  }

  /** Call this when the user has joined a room, or events of the room were missed. */
  roomStartedAfresh(roomId: string): void {
    for (const [seq, place] of this.rooms.get(roomId) ?? []) {
      place.stale = true;
      if (place.watched) this.fetchSoon(roomId, seq);
    }
  }

  /** Call this when the user has left the room, or it was deleted. */
  forgetRoom(roomId: string): void {
    for (const { cell } of this.rooms.get(roomId)?.values() ?? []) cell.set(null);
  }

  /** Fetches what could not be fetched without a connection. */
  fetchMissing(): void {
    for (const [roomId, places] of this.rooms) {
      for (const [seq, place] of places) {
        if (place.watched && (place.stale || place.cell.get() === undefined))
          this.fetchSoon(roomId, seq);
      }
    }
  }

  clearCopies(): void {
    for (const roomId of this.rooms.keys()) this.forgetRoom(roomId);
    this.rooms.clear();
    this.recent.clear();
    this.wanted.clear();
  }

  private put(place: Place, message: Message): void {
    place.cell.set(laterCopy(place.cell.get() ?? undefined, asUpdate(message)));
  }

  private addPlace(roomId: string, seq: number): Place {
    const known = this.sources.held(roomId, seq);
    const recent = this.recent.get(keyOf(roomId, seq));
    const cell = new Cell<Copy>(known, (watched) => {
      place.watched = watched;
      if (watched && (place.stale || cell.get() === undefined)) this.fetchSoon(roomId, seq);
    });
    const place: Place = { cell, watched: false, stale: false };
    if (recent) this.put(place, recent);
    const places = this.rooms.get(roomId) ?? new Map<number, Place>();
    this.rooms.set(roomId, places.set(seq, place));
    dropIdle(places);
    return place;
  }

  private remember(message: Message): void {
    const key = keyOf(message.room_id, message.seq);
    const known = this.recent.get(key);
    if (known && known.version > message.version) return;
    this.recent.delete(key);
    this.recent.set(key, message);
    if (this.recent.size > MOST_RECENT_CHANGES) {
      for (const oldest of this.recent.keys()) {
        this.recent.delete(oldest);
        break;
      }
    }
  }

  private fetchSoon(roomId: string, seq: number): void {
    this.wanted.add(keyOf(roomId, seq));
    if (!this.fetching) void this.fetchWanted();
  }

  /** One at a time: many copies may be on screen when a room starts afresh. */
  private async fetchWanted(): Promise<void> {
    this.fetching = true;
    for (const key of this.wanted) {
      this.wanted.delete(key);
      const [roomId = "", seq = ""] = key.split("/");
      await this.fetchOne(roomId, Number(seq));
    }
    this.fetching = false;
  }

  private async fetchOne(roomId: string, seq: number): Promise<void> {
    const place = this.rooms.get(roomId)?.get(seq);
    if (!place) return;
    try {
      this.put(place, await this.sources.fetch(roomId, seq));
      place.stale = false;
    } catch (error) {
      // Any other failure is followed by another connection, and then by another try.
      if (!asChatError(error).temporary) place.cell.set(null);
    }
  }
}

const keyOf = (roomId: string, seq: number) => `${roomId}/${seq}`;

function dropIdle(places: Map<number, Place>): void {
  let idle = places.size - MOST_IDLE;
  for (const [seq, place] of places) {
    if (idle-- <= 0) return;
    if (!place.watched) places.delete(seq);
  }
}
