import { type FormEvent, useState } from "react";
import type { Status } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import { useForm } from "../lib/form.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Select, TextField } from "../ui/field.tsx";
import { toast } from "../ui/toast.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";

const MINUTE = 60_000;

/** What one is up to: an emoji and some words, for a while. */
export function StatusForm({ status }: { status: Status | null }) {
  const [minutes, setMinutes] = useState("");
  const form = useForm();
  const words = text.settings.profile;
  function submit(event: FormEvent<HTMLFormElement>) {
    const fields = new FormData(event.currentTarget);
    const until = minutes ? new Date(Date.now() + Number(minutes) * MINUTE).toISOString() : null;
    void form.submit(event, async () => {
      const emoji = String(fields.get("emoji")) || null;
      await changeMe({ status: { emoji, text: String(fields.get("text")), expires_at: until } });
      toast(text.settings.saved);
    });
  }
  return (
    <form className={styles.status} onSubmit={submit} noValidate aria-label={words.status}>
      <TextField
        name="emoji"
        label={words.emoji}
        defaultValue={status?.emoji ?? ""}
        placeholder="🌴"
        autoComplete="off"
        error={form.error("status.emoji")}
      />
      <TextField
        name="text"
        label={words.status}
        placeholder={words.statusHint}
        defaultValue={status?.text ?? ""}
        maxLength={100}
        autoComplete="off"
        error={form.error("status") ?? form.error("status.text")}
      />
      <Select
        label={words.clearAfter}
        value={minutes}
        onChange={setMinutes}
        options={[
          { value: "", label: words.never },
          { value: "30", label: words.minutes30 },
          { value: "60", label: words.hour },
          { value: String(24 * 60), label: words.day },
        ]}
      />
      <div className={styles.buttons}>
        <Button type="submit" busy={form.busy}>
          {text.act.save}
        </Button>
        {status && (
          <Button variant="quiet" onClick={() => void attempt(() => changeMe({ status: null }))}>
            {words.clear}
          </Button>
        )}
      </div>
    </form>
  );
}
