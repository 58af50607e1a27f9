import BellRing from "lucide-react/icons/bell-ring";
import X from "lucide-react/icons/x";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { desktopAlerts } from "../lib/preferences.ts";
import { toast } from "../lib/toasts.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import styles from "./offer-bar.module.css";
import { notificationsOffered } from "./offered.ts";
import { subscribeToPush } from "./subscription.ts";

/** Offers notifications in words, before the browser asks in its own. */
export function OfferBar() {
  const close = () => notificationsOffered.set(false);
  return (
    <div className={styles.bar}>
      <BellRing size={16} aria-hidden="true" className={styles.icon} />
      <span className={styles.words}>{text.push.offer}</span>
      <Button
        size="s"
        onClick={() => {
          close();
          void attempt(turnOnNotifications);
        }}
      >
        {text.push.accept}
      </Button>
      <IconButton label={text.push.decline} icon={<X size={16} />} size="s" onClick={close} />
    </div>
  );
}

/** Both those of an open page and pushes, as far as this browser has them. */
async function turnOnNotifications(): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return;
  if (!desktopAlerts(chat.account.get())) {
    await chat.updateMe({ preferences: { desktop_alerts: true } });
  }
  await subscribeToPush().catch(() => undefined);
  toast(text.push.accepted);
}
