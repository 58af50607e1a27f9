import type { Reaction } from "realtime-chat-sdk";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { useUsers } from "../people/use-users.ts";
import { useRoomScope } from "../room/context.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./who-reacted.module.css";

interface WhoReactedProps {
  seq: number;
  onClose: () => void;
}

/** The people who reacted to a message. It changes while it is open. */
export function WhoReacted({ seq, onClose }: WhoReactedProps) {
  const { handle } = useRoomScope();
  const message = useValue(handle.timeline).messages.find((each) => each.seq === seq);
  return (
    <Dialog title={text.room.message.reactionsOf} size="s" onClose={onClose}>
      {message?.reactions.map((reaction) => (
        <People key={reaction.emoji} reaction={reaction} />
      ))}
    </Dialog>
  );
}

function People({ reaction: { emoji, count, user_ids } }: { reaction: Reaction }) {
  const { myId } = useRoomScope();
  const users = useUsers(user_ids);
  const rest = count - user_ids.length;
  return (
    <section className={styles.reaction}>
      <h3>
        <span className={styles.emoji}>{emoji}</span> {plural(count, text.room.message.reactions)}
      </h3>
      <ul>
        {users.map((user, at) => (
          <li key={user_ids[at]}>
            <Row
              start={
                user && (
                  <Avatar id={user.id} name={userName(user)} url={user.avatar_url} size={32} />
                )
              }
              title={
                <bdi className="cut">{user?.id === myId ? text.room.you : userName(user)}</bdi>
              }
            />
          </li>
        ))}
      </ul>
      {rest > 0 && <p className={styles.rest}>{plural(rest, text.room.message.othersReacted)}</p>}
    </section>
  );
}
