import { attempt } from "../lib/attempt.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Switch } from "../ui/field.tsx";
import { pushState, turnOffPush, turnOnPush } from "./subscription.ts";

/** The switch for Web Push in this browser. */
export function PushSwitch() {
  const state = useValue(pushState);
  const hints = {
    unsupported: text.push.unsupported,
    denied: settingsText.notifications.denied,
    off: text.push.hint,
    on: text.push.hint,
  };
  return (
    <Switch
      label={text.push.label}
      hint={hints[state]}
      disabled={state === "unsupported" || state === "denied"}
      checked={state === "on"}
      onChange={(on) => void attempt(on ? turnOnPush : turnOffPush)}
    />
  );
}
