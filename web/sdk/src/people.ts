/**
 * Profiles: fetched in batches, cached, and fetched again after a reconnect if they are on screen.
 */

import type { Cache } from "./cache.ts";
import { ignoreFailure } from "./errors.ts";
import type { User } from "./types.ts";
import { Cell, type Value } from "./value.ts";

const MOST_USERS_A_CALL = 100;
const GATHER_USERS = 20;
const SAVE_USERS_LATER = 500;

export class People {
  private readonly cells = new Map<string, Cell<User | null>>();
  private readonly watched = new Set<string>();
  private readonly wanted = new Set<string>();
  /** Users that could not be found since the last connect. */
  private readonly missing = new Set<string>();
  /** Users known before the last connect that have not been fetched since. */
  private readonly stale = new Set<string>();
  private readonly unsaved = new Map<string, User>();
  private saving: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly fetch: (ids: readonly string[]) => Promise<readonly User[]>,
  ) {}

  async loadUsers(): Promise<void> {
    for (const [id, user] of await this.cache.load("users")) {
      if (!this.cell(id).get()) this.cell(id).set(user as User);
    }
  }

  /** Null until the profile is known. */
  user(id: string): Value<User | null> {
    const cell = this.cell(id);
    if (this.stale.has(id) || (!cell.get() && !this.missing.has(id))) this.fetchSoon(id);
    return cell;
  }

  /** Takes a profile that came with an answer or an event. */
  learnUser(user: User): void {
    const cell = this.cell(user.id);
    this.stale.delete(user.id);
    if (JSON.stringify(cell.get()) === JSON.stringify(user)) return;
    cell.set(user);
    this.unsaved.set(user.id, user);
    this.saving ??= setTimeout(() => this.saveUsers(), SAVE_USERS_LATER);
  }

  /** Profiles have no version, so those on screen, now or later, are fetched again. */
  refetchUsers(): void {
    this.missing.clear();
    for (const [id, cell] of this.cells) if (cell.get()) this.stale.add(id);
    for (const id of this.watched) this.fetchSoon(id);
    this.planFetch();
  }

  clearUsers(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.unsaved.clear();
    this.missing.clear();
    this.stale.clear();
    this.wanted.clear();
    for (const cell of this.cells.values()) cell.set(null);
  }

  private saveUsers(): void {
    this.saving = undefined;
    const users = [...this.unsaved.values()];
    this.unsaved.clear();
    ignoreFailure(this.cache.save(users.map((user) => ["users", user.id, user])));
  }

  private cell(id: string): Cell<User | null> {
    const known = this.cells.get(id);
    if (known) return known;
    const cell = new Cell<User | null>(null, (watched) => {
      if (watched) this.watched.add(id);
      else this.watched.delete(id);
    });
    this.cells.set(id, cell);
    return cell;
  }

  private fetchSoon(id: string): void {
    this.wanted.add(id);
    this.planFetch();
  }

  private planFetch(): void {
    if (this.wanted.size > 0)
      this.timer ??= setTimeout(() => ignoreFailure(this.fetchWanted()), GATHER_USERS);
  }

  private async fetchWanted(): Promise<void> {
    this.timer = undefined;
    // Users may have become known, or been forgotten, while this fetch was waiting.
    const ids = [...this.wanted].slice(0, MOST_USERS_A_CALL);
    if (ids.length === 0) return;
    for (const user of await this.fetch(ids)) this.learnUser(user);
    for (const id of ids) {
      this.wanted.delete(id);
      this.stale.delete(id);
      if (!this.cell(id).get()) this.missing.add(id);
    }
    this.planFetch();
  }
}
