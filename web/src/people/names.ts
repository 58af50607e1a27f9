import type { User } from "realtime-chat-sdk";
import { userName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";

/** What people are called, and oneself "You". */
export function namesOf(users: readonly (User | null)[], myId: string): readonly string[] {
  return users.map((user) => (user?.id === myId ? text.room.you : userName(user)));
}
