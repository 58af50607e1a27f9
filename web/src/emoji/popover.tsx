import { type ComponentProps, lazy, Suspense } from "react";
import { text } from "../text/index.ts";
import { Popover } from "../ui/popover.tsx";
import { Spinner } from "../ui/spinner.tsx";
import styles from "./emoji.module.css";
import { rememberEmoji } from "./recent.ts";

const EmojiPicker = lazy(() =>
  import("./picker.tsx").then(({ EmojiPicker }) => ({ default: EmojiPicker })),
);

interface EmojiPopoverProps {
  trigger: ComponentProps<typeof Popover>["trigger"];
  onPick: (emoji: string) => void;
  side?: "top" | "bottom" | undefined;
  align?: "start" | "end" | undefined;
}

/** A button that opens the emoji picker, which is loaded at the first press. */
export function EmojiPopover({ trigger, onPick, side = "top", align = "end" }: EmojiPopoverProps) {
  return (
    <Popover trigger={trigger} label={text.room.emojiPicker} side={side} align={align}>
      {(close) => (
        <div className={styles.picker}>
          <Suspense fallback={<Spinner size="l" />}>
            <EmojiPicker
              onPick={(emoji) => {
                rememberEmoji(emoji);
                close();
                onPick(emoji);
              }}
            />
          </Suspense>
        </div>
      )}
    </Popover>
  );
}
