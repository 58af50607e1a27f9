/** Offers notifications once, when the user has just said something and may be answered. */

import { chat } from "../chat.ts";
import { notificationsOffered } from "./offered.ts";

/** Remembers in this browser that it has asked. */
const OFFERED = "notifications-offered";

chat.on("message", ({ message }) => {
  const mine = message.kind === "text" && message.author_id === chat.account.get()?.id;
  if (mine && document.hasFocus()) offerNotifications();
});

chat.on("signed_out", () => notificationsOffered.set(false));

function offerNotifications(): void {
  if (globalThis.Notification?.permission !== "default" || localStorage.getItem(OFFERED)) return;
  localStorage.setItem(OFFERED, "1");
  notificationsOffered.set(true);
}
