import type { Me } from "realtime-chat-sdk";

/** What one has chosen for all of one's devices: kept with the account. */
export const enterSends = (me: Me | null): boolean => me?.preferences.enter_sends !== false;
export const desktopAlerts = (me: Me | null): boolean => me?.preferences.desktop_alerts !== false;

/** Who may add one to a group; others can invite. */
export const ADD_TO_GROUPS = ["everyone", "acquainted", "nobody"] as const;

/** Where nothing is said, or what nobody knows here, it is the first. */
export function addToGroups(me: Me | null): (typeof ADD_TO_GROUPS)[number] {
  return ADD_TO_GROUPS.find((who) => who === me?.preferences.add_to_groups) ?? ADD_TO_GROUPS[0];
}
