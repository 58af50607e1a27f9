import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import { type KeyboardEvent, useState } from "react";
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
  const [entry, setEntry] = useState(0);
  const most = message.reactions.length - (open ? 0 : 1);
  const reachable = Math.min(entry, most);

  function move(event: KeyboardEvent<HTMLElement>) {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(":scope > button")];
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
    const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
    const now = buttons.indexOf(event.target as HTMLElement);
    const to = step && now >= 0 && buttons[now + step];
    if (!to) return;
    event.preventDefault();
    to.focus();
  }

  return (
    <div
      role="toolbar"
      aria-label={text.room.message.reactionsOf}
      className={styles.reactions}
      onKeyDown={move}
      onFocus={({ currentTarget, target }) => {
        const at = [...currentTarget.children].indexOf(target);
        if (at >= 0) setEntry(at);
      }}
    >
      {message.reactions.map((reaction, at) => (
        <Chip
          key={reaction.emoji}
          reaction={reaction}
          seq={message.seq}
          disabled={!open}
          reachable={at === reachable}
        />
      ))}
      {open && (
        <ReactButton
          message={message}
          icon={<SmilePlus size={16} />}
          className={styles.add}
          tabIndex={reachable === most ? 0 : -1}
        />
      )}
    </div>
  );
}

interface ChipProps {
  reaction: Reaction;
  seq: number;
  disabled: boolean;
  /** The one reaction that the Tab key leads to. Arrows lead to the others. */
  reachable: boolean;
}

function Chip({ reaction, seq, disabled, reachable }: ChipProps) {
  const { emoji, count, user_ids, me } = reaction;
  const { handle, myId } = useRoomScope();
  const names = namesOf(useUsers(user_ids), myId).map(isolate);
  const rest = count - names.length;
  const all =
    rest > 0 ? text.room.message.more_people(names.join(", "), number(rest)) : list(names);
  return (
    <button
      type="button"
      tabIndex={reachable ? 0 : -1}
      aria-disabled={disabled || undefined}
      aria-pressed={me === true}
      aria-label={`${emoji} ${plural(count, text.room.message.reactions)}`}
      title={text.room.message.reactedWith(all, emoji)}
      className={cx(styles.chip, me && styles.mine)}
      onClick={() => disabled || attempt(() => handle.react(seq, emoji, !me))}
    >
      <span className={styles.emoji}>{emoji}</span>
      <span className={styles.count}>{short(count)}</span>
    </button>
  );
}
