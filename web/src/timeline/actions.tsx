import { Copy, Ellipsis, Link2, Pencil, Pin, PinOff, Reply, SmilePlus, Trash2 } from "lucide-react";
import type { Message } from "realtime-chat-sdk";
import { QUICK } from "../emoji/recent.ts";
import { attempt } from "../lib/attempt.ts";
import { useRoomScope } from "../room/context.ts";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import { MenuAt, MenuItem, MenuLine } from "../ui/menu.tsx";
import type { Anchor } from "../ui/place.ts";
import styles from "./actions.module.css";
import { copyLink, copyText } from "./copy.ts";
import { may } from "./may.ts";
import { ReactButton, reacted } from "./react-button.tsx";

interface ToolbarProps {
  message: Message;
  onMore: (anchor: Anchor) => void;
}

/** Beside the message that the pointer or focus is at. */
export function MessageToolbar({ message, onMore }: ToolbarProps) {
  const scope = useRoomScope();
  const words = text.room.message;
  return (
    <div role="toolbar" aria-label={words.actions} className={styles.toolbar}>
      {may("react", message, scope) && (
        <ReactButton message={message} icon={<SmilePlus size={18} />} />
      )}
      {may("reply", message, scope) && (
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

interface MessageMenuProps {
  message: Message;
  anchor: Anchor;
  onClose: () => void;
}

export function MessageMenu({ message, anchor, onClose }: MessageMenuProps) {
  const scope = useRoomScope();
  const { tasks, handle } = scope;
  const words = text.room.message;
  const allowed = (doing: Parameters<typeof may>[0]) => may(doing, message, scope);
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
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-label={text.room.message.reactWith(emoji)}
          className={styles.emoji}
          onClick={() => {
            onClose();
            attempt(() => handle.react(message.seq, emoji, !reacted(message, emoji)));
          }}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
