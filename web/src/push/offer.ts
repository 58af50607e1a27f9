/** Offers notifications once, in words, when the user has just said something and may be answered. */

import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { desktopAlerts } from "../lib/preferences.ts";
import { toast } from "../lib/toasts.ts";
import { text } from "../text/index.ts";
import { subscribeToPush } from "./subscription.ts";

/** Remembers in this browser that it has asked. */
const OFFERED = "notifications-offered";

chat.on("message", ({ message }) => {
  const mine = message.kind === "text" && message.author_id === chat.account.get()?.id;
  if (mine && document.hasFocus()) offerNotifications();
});

function offerNotifications(): void {
  if (globalThis.Notification?.permission !== "default" || localStorage.getItem(OFFERED)) return;
  localStorage.setItem(OFFERED, "1");
  const run = () => void attempt(turnOnNotifications);
  toast(text.push.offer, { action: { label: text.push.accept, run }, lasting: true });
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
