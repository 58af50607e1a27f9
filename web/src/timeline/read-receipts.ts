import type { Member, Message, Room } from "realtime-chat-sdk";

/** Larger groups would show too many readers to recognize any of them. */
const MOST_FACES = 30;
/** In larger groups, members are not told how far the others have read. */
const MOST_TOLD = 100;

/**
 * Whether a member has opened a message. A read mark begins at the message about the member's arrival:
 * neither that one nor any earlier one is read by that.
 */
function hasRead({ last_read_seq, joined_seq }: Member, seq: number): boolean {
  return last_read_seq >= seq && joined_seq < seq;
}

/** How many others have read the user's own message; null if this client cannot know. */
export function readersCount(
  room: Room,
  members: readonly Member[],
  { author_id, seq, kind }: Message,
  myId: string,
): number | null {
  if (kind !== "text" || author_id !== myId || room.member_count > MOST_TOLD) return null;
  return members.filter((each) => each.user.id !== myId && hasRead(each, seq)).length;
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
  if (room.kind !== "group" || room.member_count > MOST_FACES || !last) return found;
  for (const member of members) {
    const { user, last_read_seq: seq } = member;
    const message = messages[seq - first];
    // That the author has read their own message goes without saying.
    if (!message || user.id === myId || message.author_id === user.id) continue;
    if (hasRead(member, seq))
      found.set(seq, [...(found.get(seq)?.split(",") ?? []), user.id].join());
  }
  return found;
}

/** Whether the faces of readers are shown below the messages, so that their number is not needed. */
export function showsFaces({ kind, member_count }: Room): boolean {
  return kind === "group" && member_count <= MOST_FACES;
}
