/** The durable changes of a room, and what each of them does to the room's data. */

import type { Message, Room, RoomsTold } from "./types.ts";

const DURABLE = [
  "message_created",
  "message_updated",
  "member_joined",
  "member_left",
  "member_updated",
  "room_updated",
] as const;

export type Durable = (typeof DURABLE)[number];
export type Change = {
  [E in Durable]: { readonly event: E; readonly version: number; readonly data: RoomsTold[E] };
}[Durable];

export function isDurable(event: string): event is Durable {
  return (DURABLE as readonly string[]).includes(event);
}

/** Returns the room after a change. Its messages and members are kept elsewhere. */
export function roomAfter(room: Room, change: Change): Room {
  const { event, data, version } = change;
  const message = "message" in data ? (data.message ?? null) : null;
  const next = withMessage({ ...room, version }, message);
  switch (event) {
    case "room_updated":
      return { ...next, ...details(data.room) };
    case "member_joined":
      return { ...next, member_count: room.member_count + 1 };
    case "member_left":
      return { ...next, member_count: room.member_count - 1 };
    default:
      return next;
  }
}

function details({ name, topic, avatar_url, visibility }: Room): Partial<Room> {
  return { name, topic, avatar_url, visibility };
}

function withMessage(room: Room, message: Message | null): Room {
  if (!message || message.seq <= room.last_seq) return room;
  return { ...room, last_seq: message.seq, last_message: message };
}

/** The time of the latest activity, by which the server orders rooms. */
export function lastActivity(room: Room): string {
  return room.last_message?.created_at ?? room.created_at;
}
