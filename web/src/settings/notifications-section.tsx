import { useState } from "react";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { desktopAlerts, soundsOn } from "../lib/preferences.ts";
import { useValue } from "../lib/value.ts";
import { PushSwitch } from "../push/push-switch.tsx";
import { playSound } from "../push/sound.ts";
import { settingsText } from "../text/settings.ts";
import { Switch } from "../ui/field.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";

/** The settings for notifications: of this page while nobody looks at it, and of a closed one. */
export function NotificationsSection() {
  const me = useValue(chat.account);
  const [permission, setPermission] = useState(() => globalThis.Notification?.permission);
  const words = settingsText.notifications;
  async function set(desktop_alerts: boolean) {
    if (desktop_alerts && permission === "default") {
      setPermission(await Notification.requestPermission());
    }
    await attempt(() => changeMe({ preferences: { ...me?.preferences, desktop_alerts } }));
  }
  async function setSounds(sounds: boolean) {
    if (sounds) void playSound().catch(() => {});
    await attempt(() => changeMe({ preferences: { ...me?.preferences, sounds } }));
  }
  const denied = permission === undefined || permission === "denied";
  return (
    <section className={styles.form}>
      <Switch
        label={words.desktop}
        hint={denied ? words.denied : undefined}
        disabled={denied}
        checked={permission === "granted" && desktopAlerts(me)}
        onChange={(on) => void set(on)}
      />
      <Switch
        label={words.sounds}
        hint={words.soundsHint}
        checked={soundsOn(me)}
        onChange={(on) => void setSounds(on)}
      />
      <PushSwitch />
    </section>
  );
}
