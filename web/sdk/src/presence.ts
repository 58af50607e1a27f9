/** The presence of users whom somebody is looking at. */

import { ignoreFailure } from "./errors.ts";
import type { Presence } from "./types.ts";
import { Cell, type Value } from "./value.ts";

const MOST_PRESENCES = 500;
/** Milliseconds in which the requests of a list on screen are gathered. */
const GATHER_PRESENCE = 150;
const UNKNOWN: Presence = { status: "offline", last_seen_at: null };

type Watch = (userIds: readonly string[]) => Promise<Readonly<Record<string, Presence>>>;

export class Presences {
  private readonly cells = new Map<string, Cell<Presence>>();
  /** The latest first, because what is on screen now matters most. */
  private watched: readonly string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly watch: Watch) {}

  presence(userId: string): Value<Presence> {
    const known = this.cells.get(userId);
    if (known) return known;
    const cell = new Cell(UNKNOWN, (watched) => this.changeWatch(userId, watched));
    this.cells.set(userId, cell);
    return cell;
  }

  takePresence(userId: string, presence: Presence): void {
    this.cells.get(userId)?.set(presence);
  }

  /** A new socket does not watch anybody yet. */
  watchAgain(): void {
    if (this.watched.length > 0) this.planWatch();
  }

  clearPresences(): void {
    clearTimeout(this.timer);
    for (const cell of this.cells.values()) cell.set(UNKNOWN);
  }

  private changeWatch(userId: string, watched: boolean): void {
    const others = this.watched.filter((id) => id !== userId);
    this.watched = watched ? [userId, ...others] : others;
    this.planWatch();
  }

  private planWatch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => ignoreFailure(this.sendWatch()), GATHER_PRESENCE);
  }

  private async sendWatch(): Promise<void> {
    const presence = await this.watch(this.watched.slice(0, MOST_PRESENCES));
    for (const [userId, told] of Object.entries(presence)) this.takePresence(userId, told);
  }
}
