import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { enterSends } from "../lib/preferences.ts";
import { setTheme, type Theme, theme } from "../lib/theme.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Select, Switch } from "../ui/field.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";

export function AppearanceSection() {
  const chosen = useValue(theme);
  const me = useValue(chat.account);
  const words = settingsText.appearance;
  const sends = enterSends(me);
  const themes = (["system", "light", "dark"] as const).map((value) => ({
    value,
    label: text.theme[value],
  }));
  const setSends = (enter_sends: boolean) =>
    attempt(() => changeMe({ preferences: { ...me?.preferences, enter_sends } }));
  return (
    <section className={styles.form}>
      <Select
        label={words.theme}
        value={chosen}
        options={themes}
        onChange={(next) => setTheme(next as Theme)}
      />
      <Switch
        label={words.enterSends}
        hint={words.enterSendsHint}
        checked={sends}
        onChange={(on) => void setSends(on)}
      />
    </section>
  );
}
