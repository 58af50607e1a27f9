import type { Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";

/**
 * A message that is shown outside of the timeline, as it is now. Undefined until it is known; null if
 * there is none, or if it cannot be read any more.
 */
export function useMessage(roomId: string, seq: number, first?: Message) {
  return useValue(chat.message(roomId, seq, first));
}
