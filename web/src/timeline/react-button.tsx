import type { ReactNode } from "react";
import type { Message } from "realtime-chat-sdk";
import { EmojiPopover } from "../emoji/popover.tsx";
import { attempt } from "../lib/attempt.ts";
import { useRoomScope } from "../room/context.ts";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";

interface ReactButtonProps {
  message: Message;
  icon: ReactNode;
  className?: string | undefined;
  tabIndex?: number | undefined;
}

export function ReactButton({ message, icon, className, tabIndex }: ReactButtonProps) {
  const { handle } = useRoomScope();
  return (
    <EmojiPopover
      trigger={
        <IconButton
          label={text.room.message.react}
          icon={icon}
          size="s"
          tip="none"
          className={className}
          tabIndex={tabIndex}
        />
      }
      onPick={(emoji) =>
        attempt(() => handle.react(message.seq, emoji, !hasReacted(message, emoji)))
      }
    />
  );
}

/** Whether the user has reacted with this emoji. */
export function hasReacted(message: Message, emoji: string): boolean {
  return message.reactions.some((each) => each.emoji === emoji && each.me === true);
}
