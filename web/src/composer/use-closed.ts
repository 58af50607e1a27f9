import type { Room } from "realtime-chat-sdk";
import { useBlocked } from "../people/blocks.ts";
import { text } from "../text/index.ts";

/** Why the user cannot write in a room; null if they can. */
export function useClosed(room: Room): string | null {
  const words = text.room.composer;
  const blocked = useBlocked(room.peer?.id ?? "");
  if (room.me === null) return words.notMember;
  if (room.peer?.deleted) return words.deletedPeer;
  return blocked ? words.blocked : null;
}
