/** How far the listeners of an application have got with the messages of each room. */

interface Told {
  readonly seq: number;
}

export class ToldMarks {
  /** What listeners have been told of, or will be, and are not done with. */
  private readonly open = new Map<string, Set<Told>>();

  /** Says that listeners have a message to deal with. The function returned says that they are done. */
  begin(roomId: string, seq: number): () => void {
    const told = { seq };
    const known = this.open.get(roomId) ?? new Set();
    this.open.set(roomId, known.add(told));
    return () => {
      known.delete(told);
      if (known.size === 0 && this.open.get(roomId) === known) this.open.delete(roomId);
    };
  }

  /** Returns the last message up to which nothing has to be told again: `last`, or an earlier one. */
  upTo(roomId: string, last: number): number {
    let least = last + 1;
    for (const { seq } of this.open.get(roomId) ?? []) least = Math.min(least, seq);
    return least - 1;
  }

  clearMarks(): void {
    this.open.clear();
  }
}
