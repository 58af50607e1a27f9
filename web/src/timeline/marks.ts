import type { Member, Message, Room } from "realtime-chat-sdk";

/** In larger groups it would be a crowd, and nobody's name. */
const MOST_MEMBERS = 30;

/** How far the other one of a direct room has read; null where that cannot be said. */
export function peerReadMark(room: Room, members: readonly Member[]): number | null {
  if (room.kind !== "direct") return null;
  return members.find(({ user }) => user.id === room.peer?.id)?.last_read_seq ?? 0;
}

/** By message: the ids of who has read up to it and no further, with commas between. */
export function readersOf(
  room: Room,
  members: readonly Member[],
  messages: readonly Message[],
  myId: string,
): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const first = messages[0]?.seq ?? 0;
  const last = messages.at(-1);
  if (room.kind !== "group" || room.member_count > MOST_MEMBERS || !last) return found;
  for (const { user, last_read_seq: seq } of members) {
    const message = messages[seq - first];
    // Who wrote it has read it: nothing new.
    if (!message || user.id === myId || message.author_id === user.id) continue;
    found.set(seq, [...(found.get(seq)?.split(",") ?? []), user.id].join());
  }
  return found;
}
