import Bell from "lucide-react/icons/bell";
import { chat } from "../chat.ts";
import { closePanel, openPanel, usePanel } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import styles from "./notifications.module.css";

/** Opens and closes the notifications. A dot says that there are new ones. */
export function NotificationsButton() {
  const { mentions } = useValue(chat.unread);
  const unread = useValue(chat.notifications.unread);
  const open = usePanel() === "notifications";
  const count = Math.max(mentions, unread);
  const { title } = text.notices;
  return (
    <span className={styles.button}>
      <IconButton
        label={count ? `${title}: ${plural(count, text.notices.count)}` : title}
        aria-pressed={open}
        icon={<Bell size={20} />}
        onClick={() => (open ? closePanel() : openPanel("notifications"))}
      />
      {count > 0 && <span className={styles.dot} />}
    </span>
  );
}
