import Check from "lucide-react/icons/check";
import CheckCheck from "lucide-react/icons/check-check";
import Pin from "lucide-react/icons/pin";
import type { Message } from "realtime-chat-sdk";
import { exact, time } from "../text/format.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import styles from "./bubble.module.css";

interface MetaProps {
  message: Message;
  /** Null when this message shows no receipt. */
  seen: boolean | null;
}

/** When the message was sent, and what has happened to it since. */
export function Meta({ message, seen }: MetaProps) {
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
      {seen !== null && !deleted_at && <Ticks seen={seen} />}
    </span>
  );
}

function Ticks({ seen }: { seen: boolean }) {
  const Icon = seen ? CheckCheck : Check;
  const label = seen ? text.room.message.seen : text.room.message.sent;
  return (
    <Icon
      size={15}
      role="img"
      aria-label={label}
      className={cx(styles.ticks, seen && styles.seen)}
    />
  );
}
