import MessagesSquare from "lucide-react/icons/messages-square";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { Boundary } from "../layout/boundary.tsx";
import { useOffline } from "../layout/use-offline.ts";
import { useValue } from "../lib/value.ts";
import { useRoomScope } from "../room/context.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import { EmptyState } from "../ui/empty.tsx";
import { Announcer } from "./announcer.tsx";
import { JumpToLatest } from "./jump-to-latest.tsx";
import { MessageRow } from "./message-row.tsx";
import { OutgoingRow } from "./outgoing-row.tsx";
import { PlainRow } from "./plain-row.tsx";
import { readersCount, readersOf } from "./read-receipts.ts";
import { rowsOf } from "./rows.ts";
import { LoadingMark, TimelineSkeleton } from "./skeleton.tsx";
import styles from "./timeline.module.css";
import { TypingLine } from "./typing-line.tsx";
import { type Jump, useKeeper } from "./use-keeper.ts";
import { useReadable } from "./use-parser.ts";
import { useUnreadLine } from "./use-unread-line.ts";

interface TimelineProps {
  room: Room;
  /** Until this is true, the messages are cached ones, and not those to scroll to. */
  opened: boolean;
  /** Each new object asks once for a jump. */
  jump: Jump | null;
  /** Called on Escape, to move the focus away. */
  onLeave: () => void;
}

/**
 * A room's messages. Of the few hundred in memory, those around the viewport are drawn, as plain
 * blocks: so nothing has to be measured, and the browser's own search, selection and screen readers
 * find them.
 */
export function TimelineView({ room, opened, jump, onLeave }: TimelineProps) {
  const { handle, myId } = useRoomScope();
  const timeline = useReadable(useValue(handle.timeline));
  const members = useValue(handle.members);
  const viewport = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const { keeper, lit, messages, live, toLatest } = useKeeper(handle, timeline, jump, opened, {
    viewport,
    list,
  });
  const { outgoing } = timeline;
  const line = useUnreadLine(handle, timeline.firstUnreadSeq);
  const offline = useOffline();
  // Of a room that was not opened before, only the latest message is known.
  const unknown = timeline.messages.length < 2 && timeline.hasOlder;
  const skeleton = unknown && !offline && (!opened || timeline.loading === "first");
  const rows = useMemo(
    () => rowsOf(skeleton ? [] : messages, live ? outgoing : [], line, myId),
    [messages, outgoing, live, line, myId, skeleton],
  );
  const [entry, setEntry] = useState<number | null>(null);
  const lastSeq = messages.at(-1)?.seq;
  const reachable = messages.some(({ seq }) => seq === entry) ? entry : lastSeq;
  const readers = readersOf(room, members, messages, myId);
  const empty = rows.length === 0;

  function keys(event: KeyboardEvent<HTMLDivElement>) {
    const target = event.target as Element;
    if (target.closest("[popover], dialog")) return;
    if (event.key === "Escape") {
      event.preventDefault();
      return onLeave();
    }
    const from = target.closest<HTMLElement>("[data-seq]");
    const to = from === event.target && neighbour(event.key, from);
    if (!to) return;
    event.preventDefault();
    to.focus();
  }

  return (
    <div className={styles.timeline}>
      <div ref={viewport} className={cx(styles.viewport, !empty && styles.filled)}>
        {skeleton && <TimelineSkeleton />}
        {offline && timeline.hasOlder && (
          <p role="note" className={styles.offline}>
            {unknown && text.room.notOpened} {text.room.offlineHistory}
          </p>
        )}
        {empty && !skeleton && (
          <EmptyState icon={<MessagesSquare size={28} />} title={text.room.empty}>
            {text.room.emptyHint}
          </EmptyState>
        )}
        <div
          ref={list}
          role="feed"
          aria-label={text.room.messages}
          aria-busy={timeline.loading !== null}
          className={styles.list}
          onKeyDown={keys}
          onFocus={({ target }) => setEntry(Number(target.dataset.seq) || entry)}
        >
          {rows.map(({ key, message, outgoing, ...place }) => {
            const said = message ?? outgoing;
            const plain = <PlainRow seq={message?.seq} text={said?.text ?? ""} />;
            return (
              <Boundary key={key} about={said} instead={plain}>
                {message && (
                  <MessageRow
                    message={message}
                    readBy={readersCount(room, members, message, myId)}
                    readers={readers.get(message.seq) ?? ""}
                    lit={message.seq === lit}
                    reachable={message.seq === reachable}
                    {...place}
                  />
                )}
                {outgoing && <OutgoingRow outgoing={outgoing} {...place} />}
              </Boundary>
            );
          })}
        </div>
      </div>
      {timeline.loading !== null && !skeleton && <LoadingMark />}
      <TypingLine />
      {keeper && <JumpToLatest keeper={keeper} room={room} onPress={toLatest} />}
      <Announcer />
    </div>
  );
}

/** The message to which a key leads from another one. */
function neighbour(key: string, from: HTMLElement | null): HTMLElement | null {
  const rows = from?.parentElement?.querySelectorAll<HTMLElement>(":scope > [data-seq]");
  const now = rows && from ? [...rows].indexOf(from) : -1;
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: now - 1,
    ArrowDown: now + 1,
    Home: 0,
    End: (rows?.length ?? 0) - 1,
  };
  return rows?.[steps[key] ?? -1] ?? null;
}
