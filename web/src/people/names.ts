import type { User } from "realtime-chat-sdk";
import { text } from "../text/index.ts";

/** The name of a user; a placeholder while their profile is being fetched. */
export function userName(user: User | null): string {
  if (!user) return "…";
  return user.deleted ? text.rooms.deletedUser : user.display_name;
}

/** The names of users. The current user is called "You". */
export function namesOf(users: readonly (User | null)[], myId: string): readonly string[] {
  return users.map((user) => (user?.id === myId ? text.room.you : userName(user)));
}
