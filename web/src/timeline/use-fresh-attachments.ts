import { useCallback, useRef } from "react";
import type { Attachment, Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { cell, useValue } from "../lib/value.ts";

/** Newer addresses of attachments, by id. Signed addresses expire after a day or two. */
const newer = cell<ReadonlyMap<string, Attachment>>(new Map());

type Parts = Pick<Message, "attachments" | "room_id" | "seq">;

/** A message's attachments, and a function that fetches new addresses for them. */
export function useFreshAttachments({ attachments, room_id, seq }: Parts) {
  const known = useValue(newer);
  const asked = useRef(false);
  const refresh = useCallback(() => {
    if (asked.current) return;
    asked.current = true;
    ask(room_id, seq).catch(() => {
      // Offline: the next picture that fails to load asks again.
      asked.current = false;
    });
  }, [room_id, seq]);
  return [attachments.map((each) => known.get(each.id) ?? each), refresh] as const;
}

async function ask(room_id: string, seq: number): Promise<void> {
  const path = { room_id, seq };
  const message = await chat.api.get("/rooms/{room_id}/messages/{seq}", { path });
  newer.set(
    new Map([...newer.get(), ...message.attachments.map((each) => [each.id, each] as const)]),
  );
}
