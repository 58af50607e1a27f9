import Pencil from "lucide-react/icons/pencil";
import Reply from "lucide-react/icons/reply";
import X from "lucide-react/icons/x";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import type { About } from "../room/context.ts";
import { useRoomScope } from "../room/context.ts";
import { oneLine } from "../rooms/summary.ts";
import { useMessage } from "../rooms/use-message.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { IconButton } from "../ui/button.tsx";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./composer.module.css";

/** Above the field: the message that is being answered or edited. */
export function AboutBar({ about, onClose }: { about: About; onClose: () => void }) {
  const { handle, myId } = useRoomScope();
  const { what, seq } = about;
  const message = useMessage(handle.id, seq);
  const author = useUser(message?.author_id ?? null);
  const words = text.room.composer;
  const name = message?.author_id === myId ? text.room.you : userName(author);
  const editing = what === "edit";
  return (
    <div className={styles.about}>
      {editing ? <Pencil size={18} /> : <Reply size={18} className="flip" />}
      <div className={styles.aboutWords}>
        <span className={styles.aboutTitle} dir="auto">
          {editing ? words.editing : <Isolated>{words.replyingTo(isolate(name))}</Isolated>}
        </span>
        <span className={styles.aboutText} dir="auto">
          {message && oneLine(message)}
        </span>
      </div>
      <IconButton
        label={editing ? words.cancelEdit : words.cancelReply}
        icon={<X size={18} />}
        size="s"
        tip="top"
        onClick={onClose}
      />
    </div>
  );
}
