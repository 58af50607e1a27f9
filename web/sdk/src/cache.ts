/** Where a client keeps data that is to survive the program. */

/**
 * `state`: the session and the epoch. `rooms`: rooms by id, with their latest messages. `users`:
 * profiles by id. `outbox`: unsent messages by client id. `drafts`: for the application, by room.
 */
export type Store = "state" | "rooms" | "users" | "outbox" | "drafts";

/** A value of `undefined` removes the entry. */
export type Entry = readonly [store: Store, key: string, value: unknown];

export interface Cache {
  /** Returns all entries of a store, by key. */
  load(store: Store): Promise<readonly (readonly [key: string, value: unknown])[]>;
  /** Writes all entries or none of them. */
  save(entries: readonly Entry[]): Promise<void>;
  clear(): Promise<void>;
}

/** Hides the failures of another cache: then nothing is cached, and everything else works. */
export class CarefulCache implements Cache {
  constructor(private readonly cache: Cache) {}

  load(store: Store): Promise<readonly (readonly [string, unknown])[]> {
    return this.cache.load(store).catch(() => []);
  }

  save(entries: readonly Entry[]): Promise<void> {
    return this.cache.save(entries).catch(() => {});
  }

  clear(): Promise<void> {
    return this.cache.clear().catch(() => {});
  }
}

/** Keeps everything in memory, and nothing beyond the end of the program. */
export class MemoryCache implements Cache {
  private readonly stores = new Map<Store, Map<string, unknown>>();

  async load(store: Store): Promise<readonly (readonly [string, unknown])[]> {
    return [...(this.stores.get(store) ?? [])];
  }

  async save(entries: readonly Entry[]): Promise<void> {
    for (const [store, key, value] of entries) {
      const kept = this.stores.get(store) ?? new Map<string, unknown>();
      this.stores.set(store, kept);
      if (value === undefined) kept.delete(key);
      else kept.set(key, value);
    }
  }

  async clear(): Promise<void> {
    this.stores.clear();
  }
}
