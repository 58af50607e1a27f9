import Pin from "lucide-react/icons/pin";
import { useCallback, useEffect } from "react";
import type { Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { Boundary } from "../layout/boundary.tsx";
import { PanelPane } from "../layout/pane.tsx";
import { beside, Link, paths } from "../lib/router.tsx";
import { usePages } from "../lib/use-pages.ts";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import { oneLine } from "../rooms/summary.ts";
import { useMessage } from "../rooms/use-message.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { BriefTime } from "../ui/moment.tsx";
import { Spinner } from "../ui/spinner.tsx";
import styles from "./room.module.css";

/** The room's pinned messages, the latest pin first. */
export function PinsPanel({ roomId }: { roomId: string | null }) {
  return (
    <PanelPane title={text.room.pins}>{roomId && <Pins key={roomId} roomId={roomId} />}</PanelPane>
  );
}

function Pins({ roomId }: { roomId: string }) {
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => {
      const path = { room_id: roomId };
      return chat.api.get("/rooms/{room_id}/pins", { path, query: { cursor }, signal });
    },
    [roomId],
  );
  const { items, state, more, reload } = usePages<Message>(fetch);
  const pinned = usePinned(roomId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each pin changes the list.
  useEffect(reload, [pinned, reload]);
  if (items.length === 0 && state === "loading") return <Spinner label={text.room.loading} />;
  if (items.length === 0) {
    return (
      <EmptyState icon={<Pin size={28} />} title={text.room.noPins}>
        {state === "failed" ? text.errors.unavailable : text.room.noPinsHint}
      </EmptyState>
    );
  }
  return (
    <ul className={styles.pins}>
      {items.map((message) => (
        <Pinned key={message.id} found={message} />
      ))}
      {more && <Button onClick={more}>{text.search.more}</Button>}
    </ul>
  );
}

/** A message as long as it is pinned. */
function Pinned({ found }: { found: Message }) {
  const message = useMessage(found.room_id, found.seq, found);
  if (!message?.pinned_at) return null;
  return (
    <li>
      <Boundary about={message} instead={<PlainPin message={message} />}>
        <PinnedMessage message={message} />
      </Boundary>
    </li>
  );
}

/** Shown for a message whose row has failed. */
function PlainPin({ message: { room_id, seq, text } }: { message: Message }) {
  return (
    <Link href={beside(paths.room(room_id, seq))} className={styles.pin}>
      <span className={styles.words} dir="auto">
        {text}
      </span>
    </Link>
  );
}

function PinnedMessage({ message }: { message: Message }) {
  const author = useUser(message.author_id);
  return (
    <Link href={beside(paths.room(message.room_id, message.seq))} className={styles.pin}>
      <span className={styles.who}>
        <bdi>{userName(author)}</bdi>
        <BriefTime at={message.created_at} />
      </span>
      <span className={styles.words} dir="auto">
        {oneLine(message)}
      </span>
    </Link>
  );
}

/** The numbers of the messages in memory that are pinned. */
function usePinned(roomId: string): string {
  const { messages } = useValue(chat.room(roomId).timeline);
  return messages.flatMap(({ pinned_at, seq }) => (pinned_at ? [seq] : [])).join();
}
