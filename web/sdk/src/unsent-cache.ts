/** Unsent messages in the cache, which may have messages of other users too. */

import type { Cache } from "./cache.ts";
import { ignoreFailure } from "./errors.ts";
import type { KeptOutgoing } from "./forget.ts";
import { pause } from "./repeated-calls.ts";
import type { Outgoing } from "./types.ts";

/** A message is sent after this time even if the cache does not answer, in milliseconds. */
const LONGEST_SAVE_WAIT = 2_000;

export class UnsentCache {
  /** Messages that are being saved. They are sent after that: the program may end in between. */
  private readonly saving = new Map<string, Promise<void>>();

  constructor(
    private readonly cache: Cache,
    private readonly myId: () => string,
  ) {}

  /** The signed-in user's messages, oldest first. Those of earlier versions get their owner. */
  async loadUnsent(): Promise<readonly Outgoing[]> {
    const kept = (await this.cache.load("outbox")).map(([, value]) => value as KeptOutgoing);
    const me = this.myId();
    const own = kept.filter(({ owner = me }) => owner === me);
    for (const each of own) if (each.owner === undefined) this.saveUnsent(restored(each));
    return own.map(restored).sort(byAge);
  }

  saveUnsent(outgoing: Outgoing): void {
    const { clientId } = outgoing;
    // An error cannot be stored as plain data.
    const kept: KeptOutgoing = { ...outgoing, error: null, owner: this.myId() };
    const saved = this.cache.save([["outbox", clientId, kept]]).finally(() => {
      if (this.saving.get(clientId) === saved) this.saving.delete(clientId);
    });
    this.saving.set(clientId, saved);
    ignoreFailure(saved);
  }

  async untilSaved(clientId: string): Promise<void> {
    const saved = this.saving.get(clientId);
    if (saved) await Promise.race([saved.catch(() => {}), pause(LONGEST_SAVE_WAIT)]);
  }

  forgetUnsent(clientId: string): void {
    ignoreFailure(this.cache.save([["outbox", clientId, undefined]]));
  }
}

function byAge(a: Outgoing, b: Outgoing): number {
  return a.createdAt < b.createdAt ? -1 : 1;
}

/** Leaves out files that the cache could not store: it has kept other objects in their place. */
function restored({ owner: _, ...outgoing }: KeptOutgoing): Outgoing {
  const files = outgoing.files?.filter((file) => file instanceof Blob) ?? [];
  return { ...outgoing, files };
}
