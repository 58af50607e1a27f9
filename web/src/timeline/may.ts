import type { Message } from "realtime-chat-sdk";
import type { RoomScope } from "../room/context.ts";

type Doing = "reply" | "react" | "edit" | "delete" | "pin" | "copy";

/** Whether the server would let one do it to this message. It decides by server/messages/rules.py,
    and a test holds both against one table. */
export function mayWithMessage(doing: Doing, message: Message, scope: RoomScope): boolean {
  if (message.kind !== "text" || message.deleted_at) return false;
  if (doing === "copy") return message.text !== "";
  if (!scope.inside) return false;
  const own = message.author_id === scope.myId;
  if (doing === "edit") return own;
  if (doing === "delete") return own || scope.mayDeleteOthers;
  return doing !== "pin" || scope.mayPin;
}
