import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import type { Message, Reaction } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import { namesOf } from "../people/names.ts";
import { useUsers } from "../people/use-users.ts";
import { useRoomScope } from "../room/context.ts";
import { list, number, plural, short } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { cx } from "../ui/cx.ts";
import { mayWithMessage } from "./may.ts";
import { ReactButton } from "./react-button.tsx";
import styles from "./reactions.module.css";

export function Reactions({ message }: { message: Message }) {
  const scope = useRoomScope();
  const open = mayWithMessage("react", message, scope);
  return (
    <div className={styles.reactions}>
      {message.reactions.map((reaction) => (
        <Chip key={reaction.emoji} reaction={reaction} seq={message.seq} disabled={!open} />
      ))}
      {open && (
        <ReactButton message={message} icon={<SmilePlus size={16} />} className={styles.add} />
      )}
    </div>
  );
}

interface ChipProps {
  reaction: Reaction;
  seq: number;
  disabled: boolean;
}

function Chip({ reaction: { emoji, count, user_ids, me }, seq, disabled }: ChipProps) {
  const { handle, myId } = useRoomScope();
  const names = namesOf(useUsers(user_ids), myId).map(isolate);
  const rest = count - names.length;
  const all =
    rest > 0 ? text.room.message.more_people(names.join(", "), number(rest)) : list(names);
  return (
    <button
      type="button"
      disabled={disabled}
      aria-pressed={me === true}
      aria-label={`${emoji} ${plural(count, text.room.message.reactions)}`}
      title={text.room.message.reactedWith(all, emoji)}
      className={cx(styles.chip, me && styles.mine)}
      onClick={() => attempt(() => handle.react(seq, emoji, !me))}
    >
      <span className={styles.emoji}>{emoji}</span>
      <span className={styles.count}>{short(count)}</span>
    </button>
  );
}
