import AtSign from "lucide-react/icons/at-sign";
import BellOff from "lucide-react/icons/bell-off";
import Ellipsis from "lucide-react/icons/ellipsis";
import {
  type KeyboardEvent,
  lazy,
  type MouseEvent,
  memo,
  Suspense,
  useCallback,
  useState,
} from "react";
import type { Message, Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useDraft } from "../composer/drafts.ts";
import { paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { oneLine, roomName } from "../rooms/summary.ts";
import { useSystemLine } from "../rooms/system-line.ts";
import { useMuted } from "../rooms/use-muted.ts";
import { withoutMarkdown } from "../rooms/without-markdown.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { Badge } from "../ui/badge.tsx";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Isolated } from "../ui/isolated.tsx";
import { useLongPress, whenReleased } from "../ui/long-press.ts";
import { BriefTime } from "../ui/moment.tsx";
import type { Anchor } from "../ui/place.ts";
import { Row } from "../ui/row.tsx";
import styles from "./room-list.module.css";

const RoomMenu = lazy(() =>
  import("./room-menu.tsx").then(({ RoomMenu }) => ({ default: RoomMenu })),
);

interface RoomRowProps {
  room: Room;
  current: boolean;
  /** The one room that the Tab key leads to. */
  reachable: boolean;
}

/** A room in the list: its latest message, and how many are unread. */
export const RoomRow = memo(function RoomRow({ room, current, reachable }: RoomRowProps) {
  const last = room.last_message;
  const muted = useMuted(room);
  const [over, setOver] = useState(false);
  const [focused, setFocused] = useState(false);
  const [menu, setMenu] = useState<Anchor | null>(null);
  const near = over || focused || menu !== null;
  const press = useLongPress(setMenu);
  const close = useCallback(() => setMenu(null), []);

  function keys(event: KeyboardEvent) {
    const asks = event.key === "ContextMenu" || (event.shiftKey && event.key === "F10");
    if (!asks || menu) return;
    event.preventDefault();
    setMenu(event.currentTarget);
  }

  function rightClick(event: MouseEvent) {
    event.preventDefault();
    const { clientX: x, clientY: y, nativeEvent } = event;
    const touched = nativeEvent instanceof PointerEvent && nativeEvent.pointerType === "touch";
    if (!menu && !touched && event.button === 2) whenReleased(event, () => setMenu({ x, y }));
  }

  return (
    <li
      data-room={room.id}
      className={cx(styles.item, near && styles.near)}
      {...press}
      onKeyDown={keys}
      onContextMenu={rightClick}
      onPointerEnter={(event) => setOver(event.pointerType === "mouse")}
      onPointerLeave={() => setOver(false)}
      onFocus={(event) => setFocused(event.target.matches(":focus-visible"))}
      onBlur={(event) => setFocused(event.currentTarget.contains(event.relatedTarget))}
    >
      <Row
        href={paths.room(room.id)}
        current={current}
        reachable={reachable}
        start={<RoomAvatar room={room} size={48} />}
        title={<bdi className={cx("cut", styles.name)}>{roomName(room)}</bdi>}
        aside={<BriefTime at={last?.created_at ?? room.created_at} />}
        subtitle={<LastLine room={room} current={current} />}
        mark={<RoomMarks room={room} muted={muted} />}
        className={room.me?.unread_count && !muted ? styles.unread : undefined}
      />
      {near && (
        <IconButton
          className={styles.more}
          label={text.rooms.actions}
          icon={<Ellipsis size={18} />}
          size="s"
          tip="none"
          aria-haspopup="menu"
          onClick={(event) => setMenu(event.currentTarget)}
        />
      )}
      {menu && (
        <Suspense>
          <RoomMenu room={room} anchor={menu} onClose={close} />
        </Suspense>
      )}
    </li>
  );
});

function RoomMarks({ room, muted }: { room: Room; muted: boolean }) {
  const unread = room.me?.unread_count ?? 0;
  return (
    <>
      {muted && <BellOff size={14} className={styles.muted} aria-label={text.rooms.muted} />}
      <Badge count={unread} label={plural(unread, text.rooms.unread)} calm={muted} />
    </>
  );
}

function LastLine({ room, current }: Pick<RoomRowProps, "room" | "current">) {
  const typing = useValue(chat.room(room.id).typing);
  const draft = useDraft(room.id).text.trim();
  // In the open room, its timeline says it.
  if (typing.length && !current) return <TypingNames room={room} userIds={typing} />;
  if (draft && !current) return <DraftLine words={withoutMarkdown(draft)} />;
  if (!room.last_message) return <>{text.rooms.preview.none}</>;
  return <LastMessage room={room} message={room.last_message} />;
}

function DraftLine({ words }: { words: string }) {
  return (
    <span className={styles.line}>
      <span className={styles.active}>{text.rooms.draft}</span> <bdi className="cut">{words}</bdi>
    </span>
  );
}

function LastMessage({ room, message }: { room: Room; message: Message }) {
  const author = useUser(message.author_id);
  const me = useValue(chat.account);
  const mine = message.author_id === me?.id;
  const named = room.kind === "group" && message.kind === "text";
  const name = mine ? text.rooms.you : named ? userName(author) : null;
  const happened = useSystemLine(message);
  const words = message.kind === "system" ? happened : oneLine(message);
  const mentioned = room.me?.unread_count && me && message.mentions.includes(me.id);
  return (
    <span className={styles.line}>
      {mentioned ? (
        <AtSign size={14} className={styles.mentioned} aria-label={text.rooms.mentioned} />
      ) : null}
      {name && (
        <span className={styles.by}>
          <bdi className="cut">{name}</bdi>
          {text.rooms.preview.colon}
        </span>
      )}
      <bdi className="cut">
        <Isolated>{words}</Isolated>
      </bdi>
    </span>
  );
}

function TypingNames({ room, userIds }: { room: Room; userIds: readonly string[] }) {
  const first = useUser(userIds[0] ?? null);
  const { typing, someoneTyping, severalTyping } = text.rooms;
  if (userIds.length > 1) return <Active>{plural(userIds.length, severalTyping)}</Active>;
  return (
    <Active>{room.kind === "group" ? someoneTyping(isolate(userName(first))) : typing}</Active>
  );
}

function Active({ children }: { children: string }) {
  return (
    <span className={styles.active}>
      <Isolated>{children}</Isolated>
    </span>
  );
}
