/** Profiles: fetched together, kept, and fetched anew after a connect while somebody looks. */

import type { Cache } from "./cache.ts";
import { forget } from "./errors.ts";
import type { User } from "./types.ts";
import { Cell, type Value } from "./value.ts";

const MOST = 100;
const GATHER = 20;

export class People {
  private readonly cells = new Map<string, Cell<User | null>>();
  private readonly watched = new Set<string>();
  private readonly wanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly fetch: (ids: readonly string[]) => Promise<readonly User[]>,
  ) {}

  async load(): Promise<void> {
    for (const [id, user] of await this.cache.load("users")) {
      if (!this.cell(id).get()) this.cell(id).set(user as User);
    }
  }

  /** Null until it is known. */
  of(id: string): Value<User | null> {
    const cell = this.cell(id);
    if (!cell.get()) this.want(id);
    return cell;
  }

  /** Somebody of whom an answer or event has told. */
  learn(user: User): void {
    const cell = this.cell(user.id);
    if (JSON.stringify(cell.get()) === JSON.stringify(user)) return;
    cell.set(user);
    forget(this.cache.save([["users", user.id, user]]));
  }

  /** Profiles have no version: what is on the screen is asked for again. */
  connected(): void {
    for (const id of this.watched) this.want(id);
    this.plan();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.wanted.clear();
    for (const cell of this.cells.values()) cell.set(null);
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

  private want(id: string): void {
    this.wanted.add(id);
    this.plan();
  }

  private plan(): void {
    if (this.wanted.size > 0) this.timer ??= setTimeout(() => forget(this.ask()), GATHER);
  }

  private async ask(): Promise<void> {
    this.timer = undefined;
    const ids = [...this.wanted].slice(0, MOST);
    for (const user of await this.fetch(ids)) this.learn(user);
    for (const id of ids) this.wanted.delete(id);
    this.plan();
  }
}
