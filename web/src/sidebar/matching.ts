import type { Room } from "realtime-chat-sdk";
import { roomName } from "../rooms/summary.ts";

/** Chats whose names contain the words, whatever their case and accents. */
export function matchingRooms(rooms: readonly Room[], query: string): readonly Room[] {
  const wanted = plain(query);
  if (!wanted) return [];
  return rooms.filter((room) =>
    [roomName(room), room.peer?.username ?? ""].some((name) => plain(name).includes(wanted)),
  );
}

function plain(words: string): string {
  const letters = words.trim().replace(/^@/, "").normalize("NFKD").replace(/\p{M}/gu, "");
  return letters.toLocaleLowerCase();
}
