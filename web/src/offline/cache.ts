import { type IDBPDatabase, openDB } from "idb";
import type { Cache, Entry, Store } from "realtime-chat-sdk";

const NAME = "chat";
/**
 * Raise this when the stored data changes its shape. Then everything except unsent messages is
 * dropped.
 */
const VERSION = 1;
const STORES: readonly Store[] = ["state", "rooms", "users", "outbox", "drafts"];
/** Missing profiles are fetched again, so the limit can be low. */
const MOST_CACHED_USERS = 1_000;

/**
 * The data in this browser that lets the app start with something to read, even without a network.
 */
export class BrowserCache implements Cache {
  private opened: Promise<IDBPDatabase> | undefined;

  async load(store: Store): Promise<readonly (readonly [string, unknown])[]> {
    const { store: all, done } = (await this.database()).transaction(store);
    const [keys, values] = await Promise.all([all.getAllKeys(), all.getAll(), done]);
    if (store === "users" && keys.length > MOST_CACHED_USERS) await this.empty(["users"]);
    return keys.map((key, at) => [String(key), values[at]] as const);
  }

  async save(entries: readonly Entry[]): Promise<void> {
    const names = new Set(entries.map(([store]) => store));
    if (names.size === 0) return;
    const writing = (await this.database()).transaction([...names], "readwrite");
    const steps = entries.map(([name, key, value]) => {
      const store = writing.objectStore(name);
      return value === undefined ? store.delete(key) : store.put(value, key);
    });
    await Promise.all([...steps, writing.done]);
  }

  clear(): Promise<void> {
    return this.empty(STORES);
  }

  private async empty(stores: readonly Store[]): Promise<void> {
    const writing = (await this.database()).transaction([...stores], "readwrite");
    const steps = stores.map((store) => writing.objectStore(store).clear());
    await Promise.all([...steps, writing.done]);
  }

  private database(): Promise<IDBPDatabase> {
    this.opened ??= this.open();
    return this.opened;
  }

  private open(): Promise<IDBPDatabase> {
    const forget = () => {
      this.opened = undefined;
    };
    const opening = openDB(NAME, VERSION, {
      upgrade: makeStores,
      // Another tab runs a newer version of the app, and waits until this one closes the database.
      blocking: (_, __, event) => {
        (event.target as IDBDatabase).close();
        forget();
      },
      terminated: forget,
    });
    opening.catch(forget);
    return opening;
  }
}

function makeStores(database: IDBPDatabase): void {
  for (const name of database.objectStoreNames) {
    if (name !== "outbox") database.deleteObjectStore(name);
  }
  for (const name of STORES) {
    if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
  }
}
