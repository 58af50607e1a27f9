import type { Found } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { beside, Link, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { useUser } from "../people/use-user.ts";
import { roomName } from "../rooms/summary.ts";
import { BriefTime } from "../ui/moment.tsx";
import styles from "./search.module.css";

/** A message that was found, with the matches marked. */
export function Hit({ found }: { found: Found }) {
  const { message, excerpt, hits } = found;
  const author = useUser(message.author_id);
  const room = useValue(chat.room(message.room_id).info);
  return (
    <Link href={beside(paths.room(message.room_id, message.seq))} className={styles.hit} data-row>
      {author && <PersonAvatar user={author} size={32} />}
      <span className={styles.words}>
        <span className={styles.who}>
          <bdi className={styles.name}>{userName(author)}</bdi>
          <BriefTime at={message.created_at} />
        </span>
        {room && <bdi className={styles.room}>{roomName(room)}</bdi>}
        <span dir="auto" className={styles.excerpt}>
          {marked(excerpt, hits)}
        </span>
      </span>
    </Link>
  );
}

/** Shown for a message whose row has failed. */
export function PlainHit({ found: { message, excerpt } }: { found: Found }) {
  return (
    <Link href={beside(paths.room(message.room_id, message.seq))} className={styles.hit}>
      <span dir="auto" className={styles.excerpt}>
        {excerpt}
      </span>
    </Link>
  );
}

/** The excerpt in pieces, with the matches marked. The positions count code points. */
function marked(excerpt: string, hits: Found["hits"]) {
  const letters = [...excerpt];
  const pieces = [];
  let at = 0;
  for (const [start = 0, end = 0] of hits) {
    pieces.push(letters.slice(at, start).join(""));
    pieces.push(<mark key={start}>{letters.slice(start, end).join("")}</mark>);
    at = end;
  }
  return [...pieces, letters.slice(at).join("")];
}
