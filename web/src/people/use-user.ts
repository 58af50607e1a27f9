import type { User } from "realtime-chat-sdk";
import { useUsers } from "./use-users.ts";

/** Null while the user is not known yet, or when `id` is null. */
export function useUser(id: string | null): User | null {
  const [user = null] = useUsers(id ? [id] : []);
  return user;
}
