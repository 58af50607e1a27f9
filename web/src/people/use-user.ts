import type { User } from "realtime-chat-sdk";
import { useUsers } from "./use-users.ts";

/** Null while they are not known, or where there is nobody. */
export function useUser(id: string | null): User | null {
  const [user = null] = useUsers(id ? [id] : []);
  return user;
}
