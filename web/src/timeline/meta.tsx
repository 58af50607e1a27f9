import Check from "lucide-react/icons/check";
import CheckCheck from "lucide-react/icons/check-check";
import Pin from "lucide-react/icons/pin";
import type { Message } from "realtime-chat-sdk";
import { useRoomScope } from "../room/context.ts";
import { exact, number, plural, time } from "../text/format.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import styles from "./bubble.module.css";

interface MetaProps {
  message: Message;
  /** Whether it is the user's own, and shows that it was sent and read. */
  own: boolean;
  /** How many others have read it; null if that is not known here. */
  readBy: number | null;
}

/** When the message was sent, and what has happened to it since. */
export function Meta({ message, own, readBy }: MetaProps) {
  const { created_at, edited_at, pinned_at, deleted_at } = message;
  const words = text.room.message;
  return (
    <span className={styles.meta}>
      {pinned_at && <Pin size={12} role="img" aria-label={words.pinned} />}
      {edited_at && !deleted_at && (
        <span title={words.editedAt(exact(edited_at))}>{words.edited}</span>
      )}
      <time dateTime={created_at} title={exact(created_at)}>
        {time(created_at)}
      </time>
      {own && !deleted_at && <Ticks readBy={readBy ?? 0} />}
    </span>
  );
}

function Ticks({ readBy }: { readBy: number }) {
  const { kind, countsReaders } = useRoomScope();
  const words = text.room.message;
  const seen = readBy > 0;
  const Icon = seen ? CheckCheck : Check;
  const label = kind === "direct" ? words.seen : plural(readBy, words.seenByCount);
  return (
    <>
      <Icon
        size={15}
        role="img"
        aria-label={seen ? label : words.sent}
        className={cx(styles.ticks, seen && styles.seen)}
      />
      {seen && countsReaders && <span aria-hidden="true">{number(readBy)}</span>}
    </>
  );
}
