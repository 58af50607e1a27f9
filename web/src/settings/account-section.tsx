import { type FormEvent, useEffect, useState } from "react";
import type { Me } from "realtime-chat-sdk";
import { NewPasswordField, PasswordField } from "../account/password-field.tsx";
import { chat } from "../chat.ts";
import { useForm } from "../lib/form.ts";
import { toast } from "../lib/toasts.ts";
import { useValue } from "../lib/value.ts";
import { accountText } from "../text/account.ts";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { changeMe } from "./change-me.ts";
import { EmailForm } from "./email-form.tsx";
import styles from "./settings.module.css";

export function AccountSection() {
  const me = useValue(chat.account);
  const [deleting, setDeleting] = useState(false);
  useEffect(() => {
    // The user may have followed a link in a mail meanwhile.
    chat.loadMe().catch(() => undefined);
  }, []);
  if (!me) return null;
  return (
    <>
      <UsernameForm me={me} />
      <EmailForm key={me.email} me={me} />
      <PasswordForm />
      <section className={styles.form}>
        <h2>{settingsText.account.delete}</h2>
        <p className={styles.soft}>{settingsText.account.deleteLead}</p>
        <Button variant="danger" onClick={() => setDeleting(true)}>
          {settingsText.account.delete}
        </Button>
      </section>
      {deleting && <DeleteDialog onClose={() => setDeleting(false)} />}
    </>
  );
}

function UsernameForm({ me }: { me: Me }) {
  const form = useForm();
  const words = settingsText.account;
  function submit(event: FormEvent<HTMLFormElement>) {
    const username = String(new FormData(event.currentTarget).get("username"));
    void form.submit(event, async () => {
      await changeMe({ username });
      toast(settingsText.saved);
    });
  }
  return (
    <form className={styles.form} onSubmit={submit} onInput={form.mend} noValidate>
      <TextField
        name="username"
        label={words.username}
        defaultValue={me.username}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        error={form.error("username")}
      />
      <Button variant="primary" type="submit" busy={form.busy}>
        {text.act.save}
      </Button>
    </form>
  );
}

function PasswordForm() {
  const form = useForm();
  const words = settingsText.account;
  function submit(event: FormEvent<HTMLFormElement>) {
    const element = event.currentTarget;
    const fields = new FormData(element);
    void form.submit(event, async () => {
      await chat.api.post("/auth/password", {
        body: {
          current_password: String(fields.get("current_password")),
          new_password: String(fields.get("new_password")),
        },
      });
      element.reset();
      toast(words.changed);
    });
  }
  return (
    <form className={styles.form} onSubmit={submit} onInput={form.mend} noValidate>
      <h2>{words.password}</h2>
      <PasswordField
        name="current_password"
        label={words.current}
        autoComplete="current-password"
        error={form.error("current_password")}
      />
      <NewPasswordField
        name="new_password"
        label={accountText.password.new}
        error={form.error("new_password")}
      />
      <Button type="submit" busy={form.busy}>
        {words.password}
      </Button>
    </form>
  );
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const form = useForm();
  const words = settingsText.account;
  function submit(event: FormEvent<HTMLFormElement>) {
    const password = String(new FormData(event.currentTarget).get("password"));
    void form.submit(event, async () => {
      await chat.api.delete("/users/me", { body: { password } });
      await chat.signOut();
    });
  }
  return (
    <Dialog title={words.delete} size="s" onClose={onClose}>
      <form className={styles.form} onSubmit={submit} onInput={form.mend} noValidate>
        <p>{words.deleteLead}</p>
        <PasswordField
          name="password"
          label={words.yours}
          autoComplete="current-password"
          error={form.error("password")}
        />
        <Button variant="danger" type="submit" wide busy={form.busy}>
          {words.deleteNow}
        </Button>
      </form>
    </Dialog>
  );
}
