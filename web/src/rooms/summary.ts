import type { Attachment, Message, Room } from "realtime-chat-sdk";
import { userName } from "../people/names.ts";
import { text } from "../text/index.ts";

/** The name of a room. A direct chat has the name of the other person. */
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

function kindOf({ content_type: type, name, duration }: Attachment): string {
  const { picture, moving } = text.rooms.preview;
  // Of pictures, only those that move take time.
  if (type.startsWith("image/")) return duration === null ? picture : moving;
  if (type.startsWith("audio/")) return text.rooms.preview.audio;
  if (type.startsWith("video/")) return text.rooms.preview.video;
  return name || text.rooms.preview.file;
}

/** More than any preview of a few lines can show. */
const MOST_OF_LINE = 500;

/**
 * Removes Markdown's marks for places that show no formatting. The text is cut first, because each
 * unclosed bracket would be searched for up to the end of the text.
 */
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
