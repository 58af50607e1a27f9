/**
 * Waits that grow with each failure and vary at random, so that clients do not return all at once.
 */
export class Backoff {
  private failures = 0;

  constructor(private readonly longest: number) {}

  /**
   * Returns milliseconds, and never less than `atLeast`, the seconds that the server has asked for.
   */
  next(atLeast: number | null): number {
    const longest = Math.min(FIRST * 2 ** this.failures++, this.longest);
    return (atLeast ?? 0) * 1000 + longest * (0.5 + Math.random() / 2);
  }

  get isFirst(): boolean {
    return this.failures === 0;
  }

  reset(): void {
    this.failures = 0;
  }
}

const FIRST = 500;
