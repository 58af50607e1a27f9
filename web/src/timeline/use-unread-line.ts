import { useEffect, useState } from "react";
import type { RoomHandle } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { watched } from "./use-reading.ts";

/**
 * The first message that arrived while nobody was looking, or else the first that was unread on
 * opening.
 */
export function useUnreadLine(handle: RoomHandle, opened: number | null): number | null {
  const [missed, setMissed] = useState<number | null>(null);
  useEffect(() => {
    const leave = () => setMissed(null);
    addEventListener("blur", leave);
    const stop = chat.on("message", ({ room, message }) => {
      if (room !== handle) return;
      const own = message.author_id === chat.account.get()?.id;
      if (own) setMissed(null);
      else if (message.kind === "text" && !watched()) setMissed((before) => before ?? message.seq);
    });
    return () => {
      removeEventListener("blur", leave);
      stop();
    };
  }, [handle]);
  return missed ?? opened;
}
