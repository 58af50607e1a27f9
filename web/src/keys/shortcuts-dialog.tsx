import { text } from "../text/index.ts";
import { Dialog } from "../ui/dialog.tsx";
import { ALT, CONTROL, KeyList, type Shortcut } from "./key-list.tsx";
import styles from "./keys.module.css";

const words = text.keys;

const GROUPS: readonly (readonly [title: string, shortcuts: readonly Shortcut[]])[] = [
  [
    words.anywhere,
    [
      [words.find, CONTROL, "K"],
      [words.search, CONTROL, "Shift", "F"],
      [words.chats, ALT, "↑ ↓"],
      [words.unread, ALT, "Shift", "↑ ↓"],
      [words.close, "Esc"],
      [words.list, "?"],
    ],
  ],
  [
    words.writing,
    [
      [words.send, "Enter"],
      [words.newLine, "Shift", "Enter"],
      [words.editLast, "↑"],
      [words.bold, CONTROL, "B"],
      [words.italic, CONTROL, "I"],
      [words.mention, "@"],
      [words.emoji, ":"],
      [words.cancel, "Esc"],
    ],
  ],
  [
    words.messages,
    [
      [words.walk, "↑ ↓"],
      [words.menu, "Enter"],
      [words.reply, "R"],
      [words.edit, "E"],
      [words.copy, "C"],
      [words.pin, "P"],
      [words.delete, "Delete"],
      [words.back, "Esc"],
    ],
  ],
];

/** The list of all keyboard shortcuts. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={words.title} size="l" onClose={onClose}>
      <div className={styles.groups}>
        {GROUPS.map(([title, shortcuts]) => (
          <section key={title}>
            <h3 className={styles.title}>{title}</h3>
            <KeyList shortcuts={shortcuts} />
          </section>
        ))}
      </div>
    </Dialog>
  );
}
