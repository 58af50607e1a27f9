import Ellipsis from "lucide-react/icons/ellipsis";
import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import Reply from "lucide-react/icons/reply";
import type { Message } from "realtime-chat-sdk";
import { useRoomScope } from "../room/context.ts";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import type { Anchor } from "../ui/place.ts";
import { mayWithMessage } from "./may.ts";
import { ReactButton } from "./react-button.tsx";
import styles from "./toolbar.module.css";

interface ToolbarProps {
  message: Message;
  onMore: (anchor: Anchor) => void;
}

/** The toolbar beside the message that has the pointer or the focus. */
export function MessageToolbar({ message, onMore }: ToolbarProps) {
  const scope = useRoomScope();
  const words = text.room.message;
  return (
    <div role="toolbar" aria-label={words.actions} className={styles.toolbar}>
      {mayWithMessage("react", message, scope) && (
        <ReactButton message={message} icon={<SmilePlus size={18} />} />
      )}
      {mayWithMessage("reply", message, scope) && (
        <IconButton
          label={words.reply}
          icon={<Reply size={18} className="flip" />}
          size="s"
          tip="top"
          onClick={() => scope.tasks.reply(message)}
        />
      )}
      <IconButton
        label={words.more}
        icon={<Ellipsis size={18} />}
        size="s"
        tip="top"
        aria-haspopup="menu"
        onClick={(event) => onMore(event.currentTarget)}
      />
    </div>
  );
}
