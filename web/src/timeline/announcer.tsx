import { useEffect, useRef, useState } from "react";
import type { Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { userName } from "../people/names.ts";
import { useRoomScope } from "../room/context.ts";
import { oneLine } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { Isolated } from "../ui/isolated.tsx";

/** Milliseconds between announcements: a listener cannot follow more. */
const ANNOUNCE_EVERY = 1_500;

/**
 * Announces new messages of others to screen readers. Of several at a time, only the latest. The words
 * of a message that is edited or deleted do not stay.
 */
export function Announcer() {
  const { handle, myId } = useRoomScope();
  const [said, setSaid] = useState<Message | null>(null);
  const waiting = useRef<Message | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = () => {
      timer = undefined;
      if (waiting.current) setSaid(waiting.current);
      waiting.current = null;
    };
    const stopHearing = chat.on("message", ({ room, message }) => {
      if (room !== handle || message.author_id === myId || message.kind !== "text") return;
      waiting.current = message;
      timer ??= setTimeout(say, ANNOUNCE_EVERY);
    });
    const stopFollowing = chat.on("changed", ({ message }) => {
      if (waiting.current?.id === message.id) waiting.current = message.deleted_at ? null : message;
      setSaid((now) => (now?.id === message.id ? null : now));
    });
    return () => {
      stopHearing();
      stopFollowing();
      clearTimeout(timer);
    };
  }, [handle, myId]);
  return (
    <div role="log" aria-label={text.room.newMessages} className="quiet">
      <Isolated>{said ? spoken(said) : ""}</Isolated>
    </div>
  );
}

function spoken(message: Message): string {
  const author = chat.user(message.author_id ?? "").get();
  return text.rooms.preview.by(isolate(userName(author)), oneLine(message));
}
