import MessagesSquare from "lucide-react/icons/messages-square";
import { chat } from "../chat.ts";
import { ALT, CONTROL, KeyList } from "../keys/key-list.tsx";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { EmptyState } from "../ui/empty.tsx";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./new-chat.module.css";

/** Devices with a mouse have a keyboard. */
const hasKeys = matchMedia("(pointer: fine)");
const SHORTCUTS = [
  [text.keys.find, CONTROL, "K"],
  [text.keys.chats, ALT, "↑ ↓"],
  [text.keys.title, "?"],
] as const;

/** Shown beside the list while no chat is open. */
export function NothingOpen() {
  const me = useValue(chat.account);
  const begin = hasKeys.matches && (
    <div className={styles.begin}>
      <KeyList shortcuts={SHORTCUTS} />
    </div>
  );
  return (
    <EmptyState
      level={1}
      icon={<MessagesSquare size={28} />}
      title={
        me ? (
          <Isolated>{text.layout.greeting(isolate(me.display_name))}</Isolated>
        ) : (
          text.layout.nothingOpen
        )
      }
      action={begin}
    >
      {text.layout.nothingOpenHint}
    </EmptyState>
  );
}
