import { cx } from "../ui/cx.ts";
import bubble from "./bubble.module.css";
import markdown from "./markdown.module.css";
import styles from "./row.module.css";

interface PlainRowProps {
  /** Undefined while the server does not have the message. */
  seq: number | undefined;
  text: string;
}

/** A message that could not be rendered: its plain text, with nothing that could fail again. */
export function PlainRow({ seq, text }: PlainRowProps) {
  return (
    <article data-seq={seq} tabIndex={-1} className={cx(styles.row, styles.first)}>
      <div className={styles.line}>
        <div className={cx(bubble.bubble, bubble.first, bubble.last)}>
          <div className={markdown.text} dir="auto">
            <p>{text}</p>
          </div>
        </div>
      </div>
    </article>
  );
}
