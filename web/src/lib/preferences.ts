import type { Me } from "realtime-chat-sdk";

/** Preferences of the account, which apply on all devices. */
export const enterSends = (me: Me | null): boolean => me?.preferences.enter_sends !== false;
export const desktopAlerts = (me: Me | null): boolean => me?.preferences.desktop_alerts !== false;
export const soundsOn = (me: Me | null): boolean => me?.preferences.sounds === true;

/** Who may add the user to a group. Everybody else can send an invitation. */
export const ADD_TO_GROUPS = ["everyone", "acquainted", "nobody"] as const;

/** The first choice is the default, and replaces values that this version does not know. */
export function addToGroups(me: Me | null): (typeof ADD_TO_GROUPS)[number] {
  return ADD_TO_GROUPS.find((who) => who === me?.preferences.add_to_groups) ?? ADD_TO_GROUPS[0];
}
