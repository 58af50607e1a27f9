/** A value that changes and can be watched. */

export interface Value<T> {
  /** The current value: the same object until something in it changes. */
  get(): T;
  /**
   * Calls `listener` after changes, once for many changes at a time. Returns a function that stops
   * it.
   */
  subscribe(listener: () => void): () => void;
}

/** Milliseconds between two rounds of calls, so that a burst of changes costs one round. */
const ROUND = 32;

const changed = new Set<Source<unknown>>();
let lastRound = 0;
let round: ReturnType<typeof setTimeout> | undefined;

function plan(): void {
  const wait = lastRound + ROUND - Date.now();
  if (round === undefined) round = setTimeout(tell, Math.min(Math.max(wait, 0), ROUND));
}

function tell(): void {
  round = undefined;
  lastRound = Date.now();
  const sources = [...changed];
  changed.clear();
  for (const source of sources) source.tell();
}

abstract class Source<T> implements Value<T> {
  private readonly listeners = new Set<() => void>();

  abstract get(): T;

  subscribe(listener: () => void): () => void {
    // A wrapper of its own, since the same function may be given twice.
    const own = () => listener();
    this.listeners.add(own);
    if (this.listeners.size === 1) this.watched(true);
    return () => {
      if (this.listeners.delete(own) && this.listeners.size === 0) this.watched(false);
    };
  }

  tell(): void {
    for (const listener of [...this.listeners]) {
      try {
        listener();
      } catch (error) {
        // A listener that fails must not keep the change from the others.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  protected touched(): void {
    if (this.listeners.size === 0) return;
    changed.add(this as Source<unknown>);
    plan();
  }

  protected watched(_: boolean): void {}
}

/** A value that is set. */
export class Cell<T> extends Source<T> {
  constructor(
    private value: T,
    private readonly onWatch: (watched: boolean) => void = () => {},
  ) {
    super();
  }

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    this.touched();
  }

  protected override watched(watched: boolean): void {
    this.onWatch(watched);
  }
}

/** A value that is computed from others when somebody reads it. */
export class Derived<T> extends Source<T> {
  private made: { readonly value: T; old: boolean } | null = null;

  constructor(
    private readonly make: () => T,
    private readonly onWatch: (watched: boolean) => void = () => {},
  ) {
    super();
  }

  get(): T {
    if (!this.made || this.made.old) {
      const value = this.make();
      const same = this.made && alike(this.made.value, value);
      this.made = { value: same ? (this.made as { value: T }).value : value, old: false };
    }
    return this.made.value;
  }

  /** Says that something has changed from which the value is computed. */
  touch(): void {
    if (!this.made || this.made.old) return;
    this.made.old = true;
    this.touched();
  }

  protected override watched(watched: boolean): void {
    this.onWatch(watched);
  }
}

/** Whether the parts of both are the same objects. */
function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  const [before, now] = [Object.entries(a), Object.entries(b)];
  const other = b as Record<string, unknown>;
  return before.length === now.length && before.every(([key, value]) => value === other[key]);
}
