/** Read marks on their way: only the furthest one of each room, at intervals. */

import { Backoff } from "./backoff.ts";
import { asChatError, ignoreFailure } from "./errors.ts";
import { pause } from "./repeated-calls.ts";

/** Milliseconds between two marks of a room. */
const MARK_EVERY = 250;
const LONGEST_MARK_WAIT = 10_000;

type ReadMark = { readonly last_read_seq: number; readonly unread_count: number };

export class ReadMarks {
  private readonly wanted = new Map<string, number>();
  private readonly running = new Set<string>();

  constructor(
    private readonly markRead: (roomId: string, seq: number) => Promise<ReadMark>,
    private readonly onMark: (roomId: string, mark: ReadMark) => void,
  ) {}

  sendMark(roomId: string, seq: number): void {
    this.wanted.set(roomId, Math.max(seq, this.wanted.get(roomId) ?? 0));
    if (!this.running.has(roomId)) ignoreFailure(this.sendUntilDone(roomId));
  }

  clearMarks(): void {
    this.wanted.clear();
  }

  private async sendUntilDone(roomId: string): Promise<void> {
    this.running.add(roomId);
    const backoff = new Backoff(LONGEST_MARK_WAIT);
    for (let seq = this.wanted.get(roomId); seq !== undefined; seq = this.wanted.get(roomId)) {
      try {
        const mark = await this.markRead(roomId, seq);
        this.markDone(roomId, seq);
        this.onMark(roomId, mark);
        await pause(MARK_EVERY);
      } catch (reason) {
        const error = asChatError(reason);
        if (error.temporary) await pause(backoff.next(error.retry_after));
        else this.markDone(roomId, seq);
      }
    }
    this.running.delete(roomId);
  }

  private markDone(roomId: string, seq: number): void {
    if (this.wanted.get(roomId) === seq) this.wanted.delete(roomId);
  }
}
