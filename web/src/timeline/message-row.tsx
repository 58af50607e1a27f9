import Reply from "lucide-react/icons/reply";
import {
  type KeyboardEvent,
  lazy,
  type MouseEvent,
  memo,
  type PointerEvent,
  type ReactNode,
  Suspense,
  useRef,
  useState,
} from "react";
import type { Message } from "realtime-chat-sdk";
import { useDay } from "../lib/times.ts";
import { Face } from "../people/face.tsx";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import { useRoomScope } from "../room/context.ts";
import { exact } from "../text/format.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import { useLongPress, whenReleased } from "../ui/long-press.ts";
import type { Anchor } from "../ui/place.ts";
import { useSwipe } from "../ui/swipe.ts";
import { Bubble } from "./bubble.tsx";
import { mayWithMessage } from "./may.ts";
import { onMessageKey } from "./message-keys.ts";
import { Readers } from "./readers.tsx";
import styles from "./row.module.css";
import { SystemLine } from "./system-line.tsx";
import { MessageToolbar } from "./toolbar.tsx";

const MessageMenu = lazy(() =>
  import("./message-menu.tsx").then(({ MessageMenu }) => ({ default: MessageMenu })),
);

interface MessageRowProps {
  message: Message;
  first: boolean;
  last: boolean;
  day: string | null;
  unread: boolean;
  /** How many others have read the user's own message; null if that is not known here. */
  readBy: number | null;
  /** The ids of members who have read exactly up to here, joined by commas. */
  readers: string;
  /** The user has just jumped to this message. */
  lit: boolean;
  /** The one message that the Tab key leads to. */
  reachable: boolean;
}

/** A message in the timeline. It is memoised, so that a new message renders only its own row. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, first, last, day, unread, lit, reachable, readers } = props;
  const { kind, myId } = useRoomScope();
  const author = useUser(message.author_id);
  const line = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  const [focused, setFocused] = useState(false);
  const [menu, setMenu] = useState<Anchor | null>(null);
  const scope = useRoomScope();
  const system = message.kind === "system";
  const own = message.author_id === myId;
  const press = useLongPress((at) => system || setMenu(at));
  const swipe = useSwipe(() => scope.tasks.reply(message), mayWithMessage("reply", message, scope));
  const name = own ? text.room.you : userName(author);

  function keys(event: KeyboardEvent) {
    // A press gives focus too, but letters are then meant for the composer.
    if (event.target !== event.currentTarget || system || !focused) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") setMenu(line.current);
    else if (!onMessageKey(event.key, message, scope)) return;
    event.preventDefault();
  }

  return (
    <article
      aria-label={system ? exact(message.created_at) : `${name}, ${exact(message.created_at)}`}
      tabIndex={reachable ? 0 : -1}
      data-seq={message.seq}
      className={cx(styles.row, first && styles.first, lit && styles.lit)}
      onKeyDown={keys}
      onPointerEnter={(event) => setOver(event.pointerType === "mouse")}
      onPointerLeave={() => setOver(false)}
      onFocus={(event) => setFocused(event.target.matches(":focus-visible"))}
      onBlur={() => setFocused(false)}
    >
      <Above day={day} unread={unread} />
      {system ? (
        <SystemLine message={message} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the article handles the keys.
        <div
          ref={line}
          className={cx(styles.line, own && styles.own)}
          {...together(press, swipe.handlers)}
          onContextMenu={(event) => {
            if (wantsTheBrowsers(event)) return;
            event.preventDefault();
            const at = { x: event.clientX, y: event.clientY };
            if (!touched(event)) whenReleased(event, () => setMenu(at));
          }}
        >
          {swipe.swiping && (
            <span className={styles.answer}>
              <Reply size={18} className="flip" aria-hidden="true" />
            </span>
          )}
          {kind === "group" && !own && (
            <span className={styles.face}>
              {last && author && <Face user={author} size={32} />}
            </span>
          )}
          <Bubble
            message={message}
            own={own}
            first={first}
            last={last}
            author={kind === "group" && !own && first ? name : null}
            readBy={props.readBy}
          >
            {(over || focused || menu) && !message.deleted_at && (
              <MessageToolbar message={message} onMore={setMenu} />
            )}
          </Bubble>
        </div>
      )}
      {readers && <Readers ids={readers} />}
      {menu && (
        <Suspense>
          <MessageMenu message={message} anchor={menu} onClose={() => setMenu(null)} />
        </Suspense>
      )}
    </article>
  );
});

function Day({ iso }: { iso: string }) {
  return <time dateTime={iso}>{useDay(iso)}</time>;
}

/** What is shown between a message and the one before it. */
export function Above({ day, unread }: { day: string | null; unread: boolean }): ReactNode {
  return (
    <>
      {day && (
        <div className={styles.day}>
          <Day iso={day} />
        </div>
      )}
      {unread && <div className={styles.unread}>{text.room.newMessages}</div>}
    </>
  );
}

/**
 * Whether the browser's own menu is wanted: for a selection, a link or a picture, where there is a
 * mouse. Elements that lie over the page belong to no message.
 */
function wantsTheBrowsers(event: MouseEvent): boolean {
  if (!event.currentTarget.contains(event.target as Node)) return true;
  if (touched(event)) return false;
  const inside = event.target instanceof Element && event.target.closest("a, img, video, audio");
  return Boolean(inside) || getSelection()?.isCollapsed === false;
}

type Pressing = ReturnType<typeof useLongPress>;
type Swiping = ReturnType<typeof useSwipe>["handlers"];

/** Both look at the same finger. */
function together(press: Pressing, swipe: Swiping) {
  const both = (name: keyof Swiping) => (event: PointerEvent<HTMLElement>) => {
    press[name](event);
    swipe[name](event);
  };
  return {
    onPointerDown: both("onPointerDown"),
    onPointerMove: both("onPointerMove"),
    onPointerUp: both("onPointerUp"),
    onPointerCancel: both("onPointerCancel"),
    onClickCapture: press.onClickCapture,
  };
}

/** Whether a finger did it. A long press has its own handler. */
function touched({ nativeEvent }: MouseEvent): boolean {
  return nativeEvent instanceof PointerEvent && nativeEvent.pointerType === "touch";
}
