/** Entries of a cache in memory, as JSON, so that nobody else holds the same objects. */

import type { Entry, Store } from "./cache.ts";

/** Missing profiles are fetched again, so the limit can be low. */
const MOST_USERS_KEPT = 1_000;

export class KeptEntries {
  private readonly stores = new Map<Store, Map<string, string>>();
  /** The bytes of all values and their keys. */
  size = 0;

  listEntries(store: Store): readonly (readonly [key: string, value: unknown])[] {
    const kept = this.stores.get(store) ?? new Map<string, string>();
    return [...kept].map(([key, value]) => [key, JSON.parse(value)] as const);
  }

  allEntries(): readonly Entry[] {
    return [...this.stores.keys()].flatMap((store) =>
      this.listEntries(store).map(([key, value]): Entry => [store, key, value]),
    );
  }

  putEntries(entries: readonly Entry[]): void {
    for (const [store, key, value] of entries) {
      this.remove(store, key);
      if (value !== undefined) this.add(store, key, JSON.stringify(value));
    }
    const users = this.stores.get("users");
    for (const key of users?.keys() ?? []) {
      if ((users?.size ?? 0) <= MOST_USERS_KEPT) break;
      this.remove("users", key);
    }
  }

  copyEntries(): KeptEntries {
    const copy = new KeptEntries();
    for (const [store, kept] of this.stores) copy.stores.set(store, new Map(kept));
    copy.size = this.size;
    return copy;
  }

  /** The latest entry comes last, also if there was an older one. */
  private add(store: Store, key: string, value: string): void {
    const kept = this.stores.get(store) ?? new Map<string, string>();
    this.stores.set(store, kept.set(key, value));
    this.size += sizeOf(key, value);
  }

  private remove(store: Store, key: string): void {
    const kept = this.stores.get(store);
    const value = kept?.get(key);
    if (value === undefined) return;
    kept?.delete(key);
    this.size -= sizeOf(key, value);
  }
}

function sizeOf(key: string, value: string): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value);
}
