import type { ReplyTo } from "realtime-chat-sdk";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import { useRoomScope } from "../room/context.ts";
import { quotedWords } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import styles from "./quote.module.css";

/** The message that a message replies to. Pressing it leads there. */
export function Quote({ reply }: { reply: ReplyTo }) {
  const { tasks, myId } = useRoomScope();
  const author = useUser(reply.author_id);
  const name = reply.author_id === myId ? text.room.you : userName(author);
  return (
    <button type="button" className={styles.quote} onClick={() => tasks.jumpTo(reply.seq)}>
      <span className="quiet">{text.room.message.replyTo}</span>
      <QuoteWords name={name} words={quotedWords(reply)} />
    </button>
  );
}

function QuoteWords({ name, words }: { name: string; words: string | null }) {
  return (
    <>
      <span className={styles.name} dir="auto">
        {name}
      </span>
      <span className={styles.excerpt} dir="auto">
        {words === null ? <i>{text.room.message.deleted}</i> : words}
      </span>
    </>
  );
}
