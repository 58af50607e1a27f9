import type { User } from "realtime-chat-sdk";
import { text } from "../text/index.ts";

/** What somebody is called; a placeholder while their profile is on its way. */
export function userName(user: User | null): string {
  if (!user) return "…";
  return user.deleted ? text.rooms.deletedUser : user.display_name;
}

/** What people are called, and oneself "You". */
export function namesOf(users: readonly (User | null)[], myId: string): readonly string[] {
  return users.map((user) => (user?.id === myId ? text.room.you : userName(user)));
}
