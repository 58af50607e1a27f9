import type { ReactNode } from "react";
import type { Message } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import { Attachments } from "./attachments.tsx";
import styles from "./bubble.module.css";
import { Markdown } from "./markdown.tsx";
import { Meta } from "./meta.tsx";
import { isOnlyEmoji } from "./only-emoji.ts";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";

interface BubbleProps {
  message: Message;
  own: boolean;
  first: boolean;
  last: boolean;
  /** The author's name, shown above the message. */
  author: string | null;
  readBy: number | null;
  /** Elements that float beside the message. */
  children: ReactNode;
}

/** What somebody wrote: quote, files, text and reactions. */
export function Bubble({ message, own, first, last, author, readBy, children }: BubbleProps) {
  const { attachments, reply_to, reactions, deleted_at } = message;
  const large = attachments.length === 0 && !reply_to && isOnlyEmoji(message.text);
  const bare = message.text === "" && attachments.length > 0 && reactions.length === 0;
  const meta = <Meta message={message} own={own} readBy={readBy} />;
  const names = cx(
    styles.bubble,
    own && styles.own,
    first && styles.first,
    last && styles.last,
    large && styles.large,
    bare && styles.bare,
  );
  return (
    <div className={names}>
      {author !== null && !large && (
        <div className={cx(styles.author, styles[`hue${hue(message.author_id ?? "")}`])} dir="auto">
          {author}
        </div>
      )}
      {reply_to && !deleted_at && <Quote reply={reply_to} />}
      {attachments.length > 0 && <Attachments message={message} />}
      {deleted_at ? (
        <p className={styles.deleted}>
          {text.room.message.deleted}
          {meta}
        </p>
      ) : (
        message.text &&
        (large ? (
          <p className={styles.emoji} dir="auto">
            <span className={styles.glyphs}>{message.text.trim()}</span>
            {meta}
          </p>
        ) : (
          <Markdown text={message.text} message={message} tail={meta} />
        ))
      )}
      {!message.text && !deleted_at && <div className={styles.foot}>{meta}</div>}
      {reactions.length > 0 && <Reactions message={message} />}
      {children}
    </div>
  );
}

/** The same choice of colours as for avatars. */
function hue(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % 8;
}
