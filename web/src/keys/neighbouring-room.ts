import type { Room } from "realtime-chat-sdk";

/** The next room of the list in that direction; with `unread`, the next one with unread messages. */
export function neighbouringRoom(
  rooms: readonly Room[],
  openId: string | null,
  by: 1 | -1,
  unread: boolean,
): Room | undefined {
  const now = rooms.findIndex(({ id }) => id === openId);
  const before = rooms.slice(0, Math.max(now, 0)).reverse();
  const ahead = by > 0 ? rooms.slice(now + 1) : before;
  return ahead.find(({ me }) => !unread || (me?.unread_count ?? 0) > 0);
}
