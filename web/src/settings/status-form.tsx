import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import { type FormEvent, useState } from "react";
import type { Status } from "realtime-chat-sdk";
import { EmojiPopover } from "../emoji/popover.tsx";
import { attempt } from "../lib/attempt.ts";
import { useForm } from "../lib/form.ts";
import { serverLimit } from "../lib/server.ts";
import { useIsPast } from "../lib/times.ts";
import { toast } from "../lib/toasts.ts";
import { settingsText } from "../text/settings.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Select, TextField } from "../ui/field.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";

const MINUTE = 60_000;

/** The user's status: an emoji and some words, for a limited time. */
export function StatusForm({ status: given }: { status: Status | null }) {
  const over = useIsPast(given?.expires_at);
  return <FormOfStatus key={String(over)} status={over ? null : given} />;
}

function FormOfStatus({ status }: { status: Status | null }) {
  const [emoji, setEmoji] = useState(status?.emoji ?? "");
  const [minutes, setMinutes] = useState("");
  const form = useForm();
  const words = settingsText.profile;
  function submit(event: FormEvent<HTMLFormElement>) {
    const fields = new FormData(event.currentTarget);
    const until = minutes ? new Date(Date.now() + Number(minutes) * MINUTE).toISOString() : null;
    void form.submit(event, async () => {
      const given = { emoji: emoji || null, text: String(fields.get("text")) };
      await changeMe({ status: { ...given, expires_at: until } });
      toast(settingsText.saved);
    });
  }
  const icon = emoji ? <span className={styles.emoji}>{emoji}</span> : <SmilePlus size={20} />;
  const trigger = <IconButton label={words.emoji} icon={icon} size="s" tip="none" />;
  return (
    <form className={styles.form} onSubmit={submit} noValidate aria-label={words.status}>
      <TextField
        name="text"
        label={words.status}
        placeholder={words.statusHint}
        defaultValue={status?.text ?? ""}
        maxLength={serverLimit("max_status_text")}
        autoComplete="off"
        start={<EmojiPopover trigger={trigger} onPick={setEmoji} side="bottom" align="start" />}
        error={form.error("status") ?? form.error("status.text") ?? form.error("status.emoji")}
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
          {words.set}
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
