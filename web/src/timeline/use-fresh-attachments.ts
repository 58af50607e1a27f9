import { useCallback, useRef } from "react";
import type { Attachment, Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { cell, useValue } from "../lib/value.ts";

/** Newer addresses of attachments, by id. Signed addresses expire after a day or two. */
const newer = cell<ReadonlyMap<string, Attachment>>(new Map());

type Parts = Pick<Message, "attachments" | "room_id" | "seq">;

/** A message's attachments, and a function that fetches new addresses for them. */
export function useFreshAttachments(message: Parts) {
  const { room_id, seq } = message;
  const [fresh, refresh] = useFresh();
  const refreshThis = useCallback(() => refresh({ room_id, seq }), [refresh, room_id, seq]);
  return [message.attachments.map(fresh), refreshThis] as const;
}

/** An attachment with its newest address; and a function that fetches those of a message. */
export function useFresh() {
  const known = useValue(newer);
  const asked = useRef(new Set<number>());
  const refresh = useCallback(({ room_id, seq }: Omit<Parts, "attachments">) => {
    if (asked.current.has(seq)) return;
    asked.current.add(seq);
    // Offline: the next picture that fails to load asks again.
    ask(room_id, seq).catch(() => asked.current.delete(seq));
  }, []);
  return [(each: Attachment) => known.get(each.id) ?? each, refresh] as const;
}

async function ask(room_id: string, seq: number): Promise<void> {
  const path = { room_id, seq };
  const message = await chat.api.get("/rooms/{room_id}/messages/{seq}", { path });
  newer.set(
    new Map([...newer.get(), ...message.attachments.map((each) => [each.id, each] as const)]),
  );
}
