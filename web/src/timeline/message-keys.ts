import type { Message } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import type { RoomScope } from "../room/context.ts";
import { copyText } from "./copy.ts";
import { mayWithMessage } from "./may.ts";

/** Does what a key means for the focused message. Returns false if it means nothing. */
export function onMessageKey(key: string, message: Message, scope: RoomScope): boolean {
  const { tasks, handle } = scope;
  const allowed = (doing: Parameters<typeof mayWithMessage>[0]) =>
    mayWithMessage(doing, message, scope);
  if (key === "r" && allowed("reply")) tasks.reply(message);
  else if (key === "e" && allowed("edit")) tasks.edit(message);
  else if (key === "c" && allowed("copy")) copyText(message);
  else if (key === "p" && allowed("pin"))
    attempt(() => handle.pin(message.seq, !message.pinned_at));
  else if (key === "Delete" && allowed("delete")) tasks.remove(message);
  else return false;
  return true;
}
