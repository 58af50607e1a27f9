/** How far the listeners of an application have got with the messages of each room. */

interface Told {
  readonly seq: number;
}

export class ToldMarks {
  /** The messages with which listeners have not finished. Some have not been called yet. */
  private readonly open = new Map<string, Set<Told>>();

  /** Notes that listeners begin with a message. Call the result when they have finished. */
  begin(roomId: string, seq: number): () => void {
    const told = { seq };
    const known = this.open.get(roomId) ?? new Set();
    this.open.set(roomId, known.add(told));
    return () => {
      known.delete(told);
      if (known.size === 0 && this.open.get(roomId) === known) this.open.delete(roomId);
    };
  }

  /** Returns the message up to which all are finished: `last`, or an earlier one. */
  upTo(roomId: string, last: number): number {
    let least = last + 1;
    for (const { seq } of this.open.get(roomId) ?? []) least = Math.min(least, seq);
    return least - 1;
  }

  clearMarks(): void {
    this.open.clear();
  }
}
