/** Calls that are repeated until they are answered, and lists of many pages. */

import { Backoff } from "./backoff.ts";
import { asChatError } from "./errors.ts";
import type { Http } from "./http.ts";
import type { Room } from "./types.ts";

const TRIES = 4;
const LONGEST_CALL_WAIT = 5_000;

/** For calls that may safely be repeated, such as when an answer was lost. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const backoff = new Backoff(LONGEST_CALL_WAIT);
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const { temporary, retry_after } = asChatError(error);
      if (!temporary || tries === TRIES) throw error;
      await pause(backoff.next(retry_after));
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The user's rooms that are not known yet. */
export async function fetchUnknownRooms(
  http: Http,
  known: (id: string) => boolean,
): Promise<readonly Room[]> {
  const found: Room[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { limit: 100, cursor };
    type Page = { items: readonly Room[]; next: string | null };
    const page: Page = await http.request<Page>("GET", "/rooms", { query });
    found.push(...page.items.filter(({ id }) => !known(id)));
    cursor = page.next;
  }
  return found;
}
