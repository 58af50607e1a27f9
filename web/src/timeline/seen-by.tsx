import CheckCheck from "lucide-react/icons/check-check";
import { useEffect, useState } from "react";
import type { Message, MessageReaders } from "realtime-chat-sdk";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { useRoomScope } from "../room/context.ts";
import { exact, plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { MenuLine } from "../ui/menu.tsx";
import { BriefTime } from "../ui/moment.tsx";
import styles from "./message-menu.module.css";

/** Who has read the user's own message, in the message's menu. */
export function SeenBy({ message: { seq } }: { message: Message }) {
  const { handle } = useRoomScope();
  const [seen, setSeen] = useState<MessageReaders | null>(null);
  useEffect(() => {
    // Without a connection, nothing is said.
    handle.readers(seq).then(setSeen, () => undefined);
  }, [handle, seq]);
  if (!seen) return null;
  const words = text.room.message;
  const title = seen.count === 0 ? words.seenByNobody : plural(seen.count, words.seenByCount);
  const more = seen.count - seen.readers.length;
  return (
    <>
      <MenuLine />
      {/* biome-ignore lint/a11y/useSemanticElements: a menu has groups, and no field sets. */}
      <div role="group" aria-label={title} className={styles.seen}>
        <div className={styles.seenTitle}>
          <CheckCheck size={16} aria-hidden="true" />
          {title}
        </div>
        {seen.readers.map(({ user, at }) => (
          <div key={user.id} className={styles.reader}>
            <PersonAvatar user={user} size={24} />
            <bdi className={styles.readerName}>{userName(user)}</bdi>
            {at && <BriefTime at={at} title={exact(at)} />}
          </div>
        ))}
        {more > 0 && <div className={styles.reader}>{plural(more, words.moreReaders)}</div>}
      </div>
    </>
  );
}
