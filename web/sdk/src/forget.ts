/** What becomes of the cached data when a session ends. */

import type { BatchedCache } from "./batched-cache.ts";
import type { Entry, Store } from "./cache.ts";
import type { Outgoing, SignOutReason } from "./types.ts";

/** The stores with data that can be fetched again, and the one with the session. */
const FORGOTTEN: readonly Store[] = ["state", "rooms", "users", "drafts"];
/** How long unsent messages wait for their author, in milliseconds. */
const LONGEST_KEPT = 30 * 24 * 3_600_000;
/** Users who end a session for one of these reasons do not expect to find anything later. */
const FOR_GOOD: ReadonlySet<SignOutReason> = new Set(["asked", "signed_out", "account_deleted"]);

/** An unsent message as it is cached, with the id of its author. Earlier versions wrote no id. */
export interface KeptOutgoing extends Outgoing {
  readonly owner?: string;
}

/** Whether unsent messages are dropped when a session ends for this reason. */
export const endsForGood = (reason: SignOutReason): boolean => FOR_GOOD.has(reason);

/**
 * Removes everything from the cache except unsent messages, which wait for the next sign-in of
 * their author. Those of the user `gone` are removed too. All of it happens in one write, because
 * the tabs of a browser do it at the same time.
 */
export async function forgetSession(cache: BatchedCache, gone: string | null): Promise<void> {
  const stores = await Promise.all(FORGOTTEN.map((store) => entriesOf(cache, store)));
  const since = Date.now() - LONGEST_KEPT;
  const over = (await entriesOf(cache, "outbox")).filter(([, , value]) => {
    const { owner, createdAt } = value as KeptOutgoing;
    return owner === undefined || owner === gone || Date.parse(createdAt) < since;
  });
  const saved = cache.save(
    [...stores.flat(), ...over].map(([store, key]) => [store, key, undefined]),
  );
  // The write does not wait for the next turn, in which the page may be gone.
  cache.writeNow();
  await saved;
}

async function entriesOf(cache: BatchedCache, store: Store): Promise<readonly Entry[]> {
  return (await cache.load(store)).map(([key, value]) => [store, key, value]);
}
