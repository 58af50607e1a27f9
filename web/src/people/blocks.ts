import { useEffect } from "react";
import type { User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { cell, useValue } from "../lib/value.ts";

/** The users whom the user blocks; null until the list is loaded. */
export const blocks = cell<readonly User[] | null>(null);

export async function loadBlocks(): Promise<void> {
  const found: User[] = [];
  let cursor: string | undefined;
  do {
    const page: { items: readonly User[]; next: string | null } = await chat.api.get(
      "/users/me/blocks",
      { query: { cursor } },
    );
    found.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  blocks.set(found);
}

export async function setBlocked(user: User, on: boolean): Promise<void> {
  const path = { user_id: user.id };
  if (on) await chat.api.put("/users/me/blocks/{user_id}", { path });
  else await chat.api.delete("/users/me/blocks/{user_id}", { path });
  const others = (blocks.get() ?? []).filter((one) => one.id !== user.id);
  blocks.set(on ? [user, ...others] : others);
}

/** Whether the user blocks somebody. The list is loaded when this is first used. */
export function useBlocked(userId: string): boolean {
  const known = useValue(blocks);
  useEffect(() => {
    if (blocks.get() === null) loadBlocks().catch(() => undefined);
  }, []);
  return known?.some((user) => user.id === userId) ?? false;
}

chat.on("signed_out", () => blocks.set(null));
