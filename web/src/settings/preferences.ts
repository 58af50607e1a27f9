import type { Me } from "realtime-chat-sdk";

/** What one has chosen for all of one's devices: kept with the account. */
export const enterSends = (me: Me | null): boolean => me?.preferences.enter_sends !== false;
export const desktopAlerts = (me: Me | null): boolean => me?.preferences.desktop_alerts !== false;
