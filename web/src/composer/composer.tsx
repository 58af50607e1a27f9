import type { Ref } from "react";
import type { Room } from "realtime-chat-sdk";
import { useBlocked } from "../people/blocks.ts";
import type { About } from "../room/room-view.tsx";
import { text } from "../text/index.ts";
import styles from "./composer.module.css";
import { MessageForm } from "./message-form.tsx";

export interface ComposerProps {
  room: Room;
  about: About | null;
  onAbout: (about: About | null) => void;
  ref: Ref<HTMLTextAreaElement>;
}

/** Where one writes, or why one cannot. */
export function Composer(props: ComposerProps) {
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
