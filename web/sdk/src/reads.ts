/** Read marks on their way: the furthest of a room, one call at a time. */

import { forget } from "./errors.ts";

type Mark = { readonly last_read_seq: number; readonly unread_count: number };

export class Reads {
  private readonly wanted = new Map<string, number>();
  private readonly running = new Set<string>();

  constructor(
    private readonly post: (roomId: string, seq: number) => Promise<Mark>,
    private readonly onMark: (roomId: string, mark: Mark) => void,
  ) {}

  mark(roomId: string, seq: number): void {
    this.wanted.set(roomId, Math.max(seq, this.wanted.get(roomId) ?? 0));
    if (!this.running.has(roomId)) forget(this.send(roomId));
  }

  /** What could not be sent. */
  again(): void {
    for (const roomId of this.wanted.keys()) {
      if (!this.running.has(roomId)) forget(this.send(roomId));
    }
  }

  clear(): void {
    this.wanted.clear();
  }

  private async send(roomId: string): Promise<void> {
    this.running.add(roomId);
    try {
      for (let seq = this.wanted.get(roomId); seq !== undefined; seq = this.wanted.get(roomId)) {
        const mark = await this.post(roomId, seq);
        if (this.wanted.get(roomId) === seq) this.wanted.delete(roomId);
        this.onMark(roomId, mark);
      }
    } finally {
      this.running.delete(roomId);
    }
  }
}
