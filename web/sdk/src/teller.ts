/** Calls the listeners of an application for the new messages of its rooms. */

import type { Listeners } from "./listeners.ts";
import type { RoomHandle } from "./room.ts";
import { ToldMarks } from "./told.ts";
import type { Message, Room } from "./types.ts";

/** A room's cached messages with which the listeners of an earlier run had not finished. */
interface Untold {
  readonly room: Room;
  /** The first message that is told again. */
  readonly from: number;
  readonly messages: readonly Message[];
  readonly done: () => void;
}

export interface Audience {
  readonly listeners: Listeners;
  myId(): string;
  room(id: string): RoomHandle;
  /** Called when listeners have finished with a message of the room, so that this is saved. */
  heard(roomId: string): void;
}

export class Teller {
  private readonly marks = new ToldMarks();
  private untold: Untold[] = [];

  constructor(private readonly audience: Audience) {}

  tellMessage(message: Message): void {
    const { room_id, author_id, seq } = message;
    const own = author_id !== null && author_id === this.audience.myId();
    const room = this.audience.room(room_id);
    const heard = this.audience.listeners.tellListeners("message", { room, message, own });
    this.waitFor(room_id, seq, heard);
  }

  /** Calls the listeners of `missed`, because `message` is not called for these messages. */
  tellMissed(roomId: string, from: number, to: number): void {
    if (from > to) return;
    const room = this.audience.room(roomId);
    const heard = this.audience.listeners.tellListeners("missed", { room, from, to });
    this.waitFor(roomId, from, heard);
  }

  /** The last message of a room that need not be told again. It is saved with the room. */
  toldUpTo({ id, last_seq }: Room): number {
    return this.marks.upTo(id, last_seq);
  }

  /** Takes a room from the cache. `told` was saved with it. */
  roomRestored(room: Room, messages: readonly Message[], told: number): void {
    if (told >= room.last_seq) return;
    const from = told + 1;
    this.untold.push({ room, from, messages, done: this.marks.begin(room.id, from) });
  }

  /**
   * Calls the listeners again for what an earlier run of the program has not finished. Those
   * listeners may have acted on it already.
   */
  tellRestored(): void {
    const rooms = this.untold;
    this.untold = [];
    for (const { room, from, messages, done } of rooms) {
      const kept = messages.filter(({ seq }) => seq >= from);
      this.tellMissed(room.id, from, (kept[0]?.seq ?? room.last_seq + 1) - 1);
      for (const message of kept) this.tellMessage(message);
      done();
    }
  }

  clearTold(): void {
    this.untold = [];
    this.marks.clearMarks();
  }

  private waitFor(roomId: string, seq: number, heard: Promise<void>): void {
    const done = this.marks.begin(roomId, seq);
    void heard.then(() => {
      done();
      this.audience.heard(roomId);
    });
  }
}
