/** The version up to which a room's changes are held, and what advances it. */

import { ignoreFailure } from "./errors.ts";

/** Milliseconds that a gap in the versions may last before it is filled. */
const LONGEST_GAP = 500;
const GAP_AFTER_FAILURE = 5_000;

export interface Versioned {
  readonly version: number;
}

export class HeldVersion<C extends Versioned> {
  /** Changes that arrived before the ones preceding them, by version. */
  private readonly early = new Map<number, C>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `fill` fetches the missing changes, and then calls `holdVersion`. */
  constructor(
    public version: number,
    private readonly apply: (change: C) => void,
    private readonly fill: () => Promise<void>,
  ) {}

  /**
   * Takes a change: applies it if it is the next one, keeps it if it is early, and ignores it
   * otherwise.
   */
  hearChange(change: C): void {
    if (change.version <= this.version) return;
    this.early.set(change.version, change);
    this.applyNext();
    this.watch(LONGEST_GAP);
  }

  /** Says that all changes up to this version are held. */
  holdVersion(version: number): void {
    this.version = version;
    this.applyNext();
  }

  close(): void {
    clearTimeout(this.timer);
    this.early.clear();
  }

  private applyNext(): void {
    for (const version of this.early.keys()) {
      if (version <= this.version) this.early.delete(version);
    }
    for (let next = this.next(); next; next = this.next()) {
      this.version = next.version;
      this.early.delete(next.version);
      this.apply(next);
    }
    if (this.early.size === 0) this.unwatch();
  }

  private next(): C | undefined {
    return this.early.get(this.version + 1);
  }

  private watch(wait: number): void {
    if (this.early.size === 0 || this.timer !== undefined) return;
    this.timer = setTimeout(() => ignoreFailure(this.closeGap()), wait);
  }

  private unwatch(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async closeGap(): Promise<void> {
    let wait = LONGEST_GAP;
    try {
      await this.fill();
    } catch {
      wait = GAP_AFTER_FAILURE;
    }
    this.unwatch();
    this.watch(wait);
  }
}
