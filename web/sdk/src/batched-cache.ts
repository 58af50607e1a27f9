/** Writes what is saved at about the same time together, so that all of it is kept or none. */

import type { Cache, Entry, Store } from "./cache.ts";

interface Batch {
  readonly entries: Entry[];
  readonly written: Promise<void>;
  readonly write: () => void;
}

export class BatchedCache implements Cache {
  /** Returns further entries, which have to be written together with these. */
  alongside: (entries: readonly Entry[]) => readonly Entry[] = () => [];
  private batch: Batch | null = null;

  constructor(private readonly cache: Cache) {}

  load(store: Store): Promise<readonly (readonly [string, unknown])[]> {
    this.writeNow();
    return this.cache.load(store);
  }

  save(entries: readonly Entry[]): Promise<void> {
    this.batch ??= this.newBatch();
    this.batch.entries.push(...entries);
    return this.batch.written;
  }

  clear(): Promise<void> {
    this.writeNow();
    return this.cache.clear();
  }

  /** Writes at once. Call it when the program or the page may end before the next turn. */
  writeNow(): void {
    this.batch?.write();
  }

  private newBatch(): Batch {
    const entries: Entry[] = [];
    let write = () => {};
    const written = new Promise<void>((resolve, reject) => {
      // All that the listeners of an event save before they first wait goes into one write.
      const timer = setTimeout(() => write());
      write = () => {
        clearTimeout(timer);
        this.batch = null;
        this.cache.save([...entries, ...this.alongside(entries)]).then(resolve, reject);
      };
    });
    return { entries, written, write: () => write() };
  }
}
