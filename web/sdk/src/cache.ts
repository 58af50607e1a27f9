/** Where a client keeps what outlives it. */

/** `state`: who is signed in, the epoch; `rooms`: by id, with their latest messages; `users`: by
 * id; `outbox`: messages not sent yet, by client id; `drafts`: for the application, by room. */
export type Store = "state" | "rooms" | "users" | "outbox" | "drafts";

/** `undefined` removes. */
export type Entry = readonly [store: Store, key: string, value: unknown];

export interface Cache {
  /** All of a store, by key. */
  load(store: Store): Promise<readonly (readonly [key: string, value: unknown])[]>;
  /** All of them or none. */
  save(entries: readonly Entry[]): Promise<void>;
  clear(): Promise<void>;
}

/** A cache that fails costs what it would have kept, and nothing else. */
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

/** Outlives nothing. */
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
