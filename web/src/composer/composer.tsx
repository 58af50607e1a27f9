import type { Room } from "realtime-chat-sdk";
import { useBlocked } from "../people/blocks.ts";
import { text } from "../text/index.ts";
import styles from "./composer.module.css";
import { MessageForm, type MessageFormProps } from "./message-form.tsx";

/** The form for writing, or the reason why the user cannot write here. */
export function Composer(props: MessageFormProps) {
  const reason = useReason(props.room);
  if (!reason) return <MessageForm {...props} />;
  return (
    <p role="note" className={styles.closed}>
      {reason}
    </p>
  );
}

function useReason(room: Room): string | null {
  const words = text.room.composer;
  const blocked = useBlocked(room.peer?.id ?? "");
  if (room.me === null) return words.notMember;
  if (room.peer?.deleted) return words.deletedPeer;
  return blocked ? words.blocked : null;
}
