import { useCallback, useEffect, useReducer, useState } from "react";
import type { Attachment, Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { usePages } from "../lib/use-pages.ts";

export type SharedKind = "media" | "audio" | "file";

/** A file, and the message that has it. */
export interface SharedFile {
  readonly file: Attachment;
  readonly message: Message;
}

const MOST_SHARED = 30;

/** The files of a kind that a room has, the newest first. They follow what happens to their messages. */
export function useShared(roomId: string, kind: SharedKind) {
  const fetch = useCallback(
    async (cursor: string | undefined, signal: AbortSignal) => {
      const beforeSeq = cursor === undefined ? undefined : Number(cursor);
      const wanted = { kind, beforeSeq, limit: MOST_SHARED, signal };
      const { items, has_more } = await chat.room(roomId).listAttachments(wanted);
      return { items, next: has_more ? String(items.at(-1)?.seq) : null };
    },
    [roomId, kind],
  );
  const { items, state, more } = usePages<Message>(fetch);
  const found = useCurrent([...useArrived(roomId), ...items]);
  const files = found.flatMap((message) =>
    message.attachments
      .filter((file) => kindOf(file) === kind)
      .map((file): SharedFile => ({ file, message })),
  );
  return { files, state, more };
}

/** The same kinds as the server's. */
function kindOf({ content_type }: Attachment): SharedKind {
  const [type] = content_type.split("/", 1);
  return type === "image" || type === "video" ? "media" : type === "audio" ? "audio" : "file";
}

/** The messages with files that have come since, the newest first. */
function useArrived(roomId: string): readonly Message[] {
  const [arrived, setArrived] = useState<readonly Message[]>([]);
  useEffect(
    () =>
      chat.on("message", ({ room, message }) => {
        if (room.id === roomId && message.attachments.length > 0) {
          setArrived((before) => [message, ...before]);
        }
      }),
    [roomId],
  );
  return arrived;
}

/** Each message once, as it is now. */
function useCurrent(found: readonly Message[]): readonly Message[] {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const bySeq = new Map(found.map((message) => [message.seq, message]));
  const seqs = [...bySeq.keys()].join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the numbers say which messages it is.
  useEffect(() => {
    const ends = [...bySeq.values()].map((each) => copyOf(each).subscribe(redraw));
    return () => {
      for (const end of ends) end();
    };
  }, [seqs]);
  return [...bySeq.values()]
    .map((each) => copyOf(each).get() ?? each)
    .sort((one, other) => other.seq - one.seq);
}

const copyOf = (message: Message) => chat.message(message.room_id, message.seq, message);
