import Copy from "lucide-react/icons/copy";
import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import Link2 from "lucide-react/icons/link-2";
import Pencil from "lucide-react/icons/pencil";
import Pin from "lucide-react/icons/pin";
import PinOff from "lucide-react/icons/pin-off";
import Reply from "lucide-react/icons/reply";
import Trash2 from "lucide-react/icons/trash";
import type { Message } from "realtime-chat-sdk";
import { QUICK_REACTIONS } from "../emoji/recent.ts";
import { attempt } from "../lib/attempt.ts";
import { useRoomScope } from "../room/context.ts";
import { text } from "../text/index.ts";
import { MenuAt, MenuItem, MenuLine } from "../ui/menu.tsx";
import type { Anchor } from "../ui/place.ts";
import { copyLink, copyText } from "./copy.ts";
import { mayWithMessage } from "./may.ts";
import styles from "./message-menu.module.css";
import { hasReacted } from "./react-button.tsx";
import { SeenBy } from "./seen-by.tsx";

interface MessageMenuProps {
  message: Message;
  anchor: Anchor;
  onClose: () => void;
}

/** Everything that can be done with a message. */
export function MessageMenu({ message, anchor, onClose }: MessageMenuProps) {
  const scope = useRoomScope();
  const { tasks, handle, myId } = scope;
  const words = text.room.message;
  const allowed = (doing: Parameters<typeof mayWithMessage>[0]) =>
    mayWithMessage(doing, message, scope);
  return (
    <MenuAt anchor={anchor} label={words.actions} onClose={onClose}>
      {allowed("react") && <QuickReactions message={message} onClose={onClose} />}
      {allowed("reply") && (
        <MenuItem icon={<Reply size={18} className="flip" />} onSelect={() => tasks.reply(message)}>
          {words.reply}
        </MenuItem>
      )}
      {allowed("edit") && (
        <MenuItem icon={<Pencil size={18} />} onSelect={() => tasks.edit(message)}>
          {words.edit}
        </MenuItem>
      )}
      {allowed("copy") && (
        <MenuItem icon={<Copy size={18} />} onSelect={() => copyText(message)}>
          {words.copyText}
        </MenuItem>
      )}
      <MenuItem icon={<Link2 size={18} />} onSelect={() => copyLink(message)}>
        {words.copyLink}
      </MenuItem>
      {message.reactions.length > 0 && (
        <MenuItem icon={<SmilePlus size={18} />} onSelect={() => tasks.showReactions(message.seq)}>
          {words.whoReacted}
        </MenuItem>
      )}
      {allowed("pin") && (
        <MenuItem
          icon={message.pinned_at ? <PinOff size={18} /> : <Pin size={18} />}
          onSelect={() => attempt(() => handle.pin(message.seq, !message.pinned_at))}
        >
          {message.pinned_at ? words.unpin : words.pin}
        </MenuItem>
      )}
      {allowed("delete") && (
        <>
          <MenuLine />
          <MenuItem icon={<Trash2 size={18} />} danger onSelect={() => tasks.remove(message)}>
            {words.delete}
          </MenuItem>
        </>
      )}
      {message.author_id === myId && !message.deleted_at && <SeenBy message={message} />}
    </MenuAt>
  );
}

interface QuickProps {
  message: Message;
  onClose: () => void;
}

function QuickReactions({ message, onClose }: QuickProps) {
  const { handle } = useRoomScope();
  return (
    <div className={styles.quick}>
      {QUICK_REACTIONS.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-label={text.room.message.reactWith(emoji)}
          className={styles.emoji}
          onClick={() => {
            onClose();
            attempt(() => handle.react(message.seq, emoji, !hasReacted(message, emoji)));
          }}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
