import {
  type KeyboardEvent,
  lazy,
  type MouseEvent,
  memo,
  type ReactNode,
  Suspense,
  useRef,
  useState,
} from "react";
import type { Message } from "realtime-chat-sdk";
import { Face } from "../people/face.tsx";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import { useRoomScope } from "../room/context.ts";
import { day as dayWords, exact } from "../text/format.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import { useLongPress, whenReleased } from "../ui/long-press.ts";
import type { Anchor } from "../ui/place.ts";
import { Bubble } from "./bubble.tsx";
import { onMessageKey } from "./keys.ts";
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
  /** Everybody else has read it, where that can be said: in direct rooms. */
  seen: boolean | null;
  /** Ids of who read up to here and no further, with commas between. */
  readers: string;
  /** Somebody has just jumped to it. */
  lit: boolean;
  /** Tab leads to this one of all. */
  reachable: boolean;
}

/** A message in its place. Memoised: a room that moves on draws what is new, and nothing else. */
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
  const name = own ? text.room.you : userName(author);

  function keys(event: KeyboardEvent) {
    // A press gives focus as well; letters are then meant for the composer.
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
        // biome-ignore lint/a11y/noStaticElementInteractions: keys are heard by the article around it.
        <div
          ref={line}
          className={cx(styles.line, own && styles.own)}
          {...press}
          onContextMenu={(event) => {
            if (wantsTheBrowsers(event)) return;
            event.preventDefault();
            const at = { x: event.clientX, y: event.clientY };
            if (!touched(event)) whenReleased(event, () => setMenu(at));
          }}
        >
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
            seen={props.seen}
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

/** What stands between a message and the one before it. */
export function Above({ day, unread }: { day: string | null; unread: boolean }): ReactNode {
  return (
    <>
      {day && (
        <div className={styles.day}>
          <time dateTime={day}>{dayWords(day)}</time>
        </div>
      )}
      {unread && <div className={styles.unread}>{text.room.newMessages}</div>}
    </>
  );
}

/** A selection, a link or a picture has a menu of its own, where there is a mouse. What lies over
 * the page belongs to no message. */
function wantsTheBrowsers(event: MouseEvent): boolean {
  if (!event.currentTarget.contains(event.target as Node)) return true;
  if (touched(event)) return false;
  const inside = event.target instanceof Element && event.target.closest("a, img, video, audio");
  return Boolean(inside) || getSelection()?.isCollapsed === false;
}

/** A long press says so by itself. */
function touched({ nativeEvent }: MouseEvent): boolean {
  return nativeEvent instanceof PointerEvent && nativeEvent.pointerType === "touch";
}
