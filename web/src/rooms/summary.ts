import type { Message, ReplyTo, Room } from "realtime-chat-sdk";
import { userName } from "../people/names.ts";
import { text } from "../text/index.ts";
import { withoutMarkdown } from "./without-markdown.ts";

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
  if (!first) return "";
  // Of pictures, only those that move take time.
  return fileKind(first.content_type, first.name, first.duration !== null);
}

/** The words of a message that is quoted; null if it was deleted. */
export function quotedWords({ excerpt, content_type: type }: ReplyTo): string | null {
  return excerpt === "" && type ? fileKind(type) : excerpt && withoutMarkdown(excerpt);
}

function fileKind(type: string, name = "", moves = false): string {
  const { picture, moving } = text.rooms.preview;
  if (type.startsWith("image/")) return moves ? moving : picture;
  if (type.startsWith("audio/")) return text.rooms.preview.audio;
  if (type.startsWith("video/")) return text.rooms.preview.video;
  return name || text.rooms.preview.file;
}

export function isMuted(room: Room, now = Date.now()): boolean {
  const until = room.me?.muted_until;
  return room.me?.notify === "none" || (until != null && Date.parse(until) > now);
}
