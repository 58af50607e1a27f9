import type { FormEvent } from "react";
import type { Me } from "realtime-chat-sdk";
import { PasswordField } from "../account/password-field.tsx";
import { useForm } from "../lib/form.ts";
import { toast } from "../lib/toasts.ts";
import { isolate } from "../text/isolate.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Isolated } from "../ui/isolated.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";

const words = settingsText.account;

/**
 * A new address waits until its link is followed. Entering the current address again cancels the
 * change.
 */
export function EmailForm({ me }: { me: Me }) {
  const form = useForm();
  const pending = me.pending_email;

  function submit(event: FormEvent<HTMLFormElement>) {
    const element = event.currentTarget;
    const given = new FormData(element, (event.nativeEvent as SubmitEvent).submitter);
    const email = given.has("keep") ? me.email : String(given.get("email")).trim();
    const current_password = String(given.get("current_password"));
    void form.submit(event, async () => {
      await changeMe({ email, current_password });
      element.reset();
      toast(email === me.email ? words.kept : words.sent(isolate(email)));
    });
  }

  return (
    <form className={styles.form} onSubmit={submit} onInput={form.mend} noValidate>
      <h2>{words.changeEmail}</h2>
      {pending && (
        <p role="status" className={styles.notice}>
          <Isolated>{words.pending(isolate(pending))}</Isolated>
        </p>
      )}
      <TextField
        name="email"
        type="email"
        label={words.email}
        defaultValue={me.email}
        autoComplete="email"
        required
        error={form.error("email")}
      />
      <PasswordField
        name="current_password"
        label={words.yours}
        autoComplete="current-password"
        error={form.error("current_password")}
      />
      <div className={styles.buttons}>
        <Button type="submit" busy={form.busy}>
          {words.changeEmail}
        </Button>
        {pending && (
          <Button type="submit" variant="quiet" name="keep" value="yes" busy={form.busy}>
            {words.keep}
          </Button>
        )}
      </div>
    </form>
  );
}
