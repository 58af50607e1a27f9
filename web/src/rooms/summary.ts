import type { Attachment, Message, Room } from "realtime-chat-sdk";
import { userName } from "../people/names.ts";
import { text } from "../text/index.ts";

/** What a room is called: a direct one as the other person. */
export function roomName(room: Room): string {
  if (room.kind === "direct") return room.peer ? userName(room.peer) : text.rooms.deletedUser;
  return room.name ?? text.rooms.unnamed;
}

/** A message in one line, without its author. */
export function oneLine(message: Message): string {
  if (message.deleted_at) return text.rooms.preview.deleted;
  if (message.text) return withoutMarkdown(message.text);
  const [first] = message.attachments;
  return first ? kindOf(first) : "";
}

function kindOf({ content_type: type, name }: Attachment): string {
  if (type.startsWith("image/")) return text.rooms.preview.picture;
  if (type.startsWith("audio/")) return text.rooms.preview.audio;
  if (type.startsWith("video/")) return text.rooms.preview.video;
  return name || text.rooms.preview.file;
}

/** More than any place for a line or three shows. */
const MOST_OF_LINE = 500;

/** Markdown's marks say nothing in a line that shows no layout. What is never seen is not looked at:
 * brackets that nothing closes would be, each to the end. */
export function withoutMarkdown(markdown: string): string {
  return markdown
    .trimStart()
    .slice(0, MOST_OF_LINE)
    .replace(/```\w*\n?|`|\*\*|__|~~/g, "")
    .replace(/\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replace(/^(#{1,6}|>|[-*+]|\d+\.)\s+/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}

export function isMuted(room: Room, now = Date.now()): boolean {
  const until = room.me?.muted_until;
  return room.me?.notify === "none" || (until != null && Date.parse(until) > now);
}
