import { Fragment } from "react";
import type { Found } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { beside, Link, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { useUser } from "../people/use-user.ts";
import { roomName } from "../rooms/summary.ts";
import { withoutMarkdown } from "../rooms/without-markdown.ts";
import { cx } from "../ui/cx.ts";
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
          <bdi className={cx("cut", styles.name)}>{userName(author)}</bdi>
          <BriefTime at={message.created_at} />
        </span>
        {room && <bdi className={cx("cut", styles.room)}>{roomName(room)}</bdi>}
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
        {withoutMarkdown(excerpt)}
      </span>
    </Link>
  );
}

/** Signs for private use, around each match. */
const HIT_BEGIN = "\ue000";
const HIT_END = "\ue001";

/**
 * The excerpt as it is read, in pieces, with the matches marked. The positions count code points of
 * the text as it was written.
 */
function marked(excerpt: string, hits: Found["hits"]) {
  const letters = [...excerpt.replace(/[\ue000\ue001]/g, " ")];
  for (const [start = 0, end = 0] of hits) {
    letters[start] = HIT_BEGIN + (letters[start] ?? "");
    letters[end - 1] += HIT_END;
  }
  const [before = "", ...pieces] = withoutMarkdown(letters.join("")).split(HIT_BEGIN);
  const marks = pieces.map((piece, n) => {
    const [match, ...behind] = piece.split(HIT_END);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no other key.
      <Fragment key={n}>
        <mark>{match}</mark>
        {behind.join("")}
      </Fragment>
    );
  });
  return [before.replaceAll(HIT_END, ""), ...marks];
}
