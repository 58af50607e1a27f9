import type { Member, Message, Room } from "realtime-chat-sdk";

/** Larger groups would show too many readers to recognize any of them. */
const MOST_MEMBERS = 30;

/** How far the other person of a direct chat has read; null in groups. */
export function peerReadMark(room: Room, members: readonly Member[]): number | null {
  if (room.kind !== "direct") return null;
  return members.find(({ user }) => user.id === room.peer?.id)?.last_read_seq ?? 0;
}

/**
 * The readers by message: the ids of the members who have read exactly up to it, joined by commas.
 */
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
    // That the author has read their own message goes without saying.
    if (!message || user.id === myId || message.author_id === user.id) continue;
    found.set(seq, [...(found.get(seq)?.split(",") ?? []), user.id].join());
  }
  return found;
}
