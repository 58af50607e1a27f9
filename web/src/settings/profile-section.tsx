import type { FormEvent } from "react";
import type { Me } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useForm } from "../lib/form.ts";
import { serverLimit } from "../lib/server.ts";
import { toast } from "../lib/toasts.ts";
import { useValue } from "../lib/value.ts";
import { PictureField } from "../people/picture-field.tsx";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";
import { StatusForm } from "./status-form.tsx";

/** What others see of the user. */
export function ProfileSection() {
  const me = useValue(chat.account);
  if (!me) return null;
  return (
    <>
      <PictureField
        picture={<Avatar id={me.id} name={me.display_name} url={me.avatar_url} size={96} />}
        has={me.avatar_url !== null}
        onChange={(avatar_id) => changeMe({ avatar_id })}
      />
      <StatusForm key={me.status?.text ?? ""} status={me.status} />
      <NameForm me={me} />
    </>
  );
}

function NameForm({ me }: { me: Me }) {
  const form = useForm();
  const words = settingsText.profile;
  function submit(event: FormEvent<HTMLFormElement>) {
    const fields = new FormData(event.currentTarget);
    void form.submit(event, async () => {
      await changeMe({
        display_name: String(fields.get("display_name")),
        bio: String(fields.get("bio")) || null,
      });
      toast(settingsText.saved);
    });
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        name="display_name"
        label={words.name}
        defaultValue={me.display_name}
        maxLength={serverLimit("max_display_name")}
        autoComplete="name"
        error={form.error("display_name")}
      />
      <TextArea
        name="bio"
        label={words.bio}
        defaultValue={me.bio ?? ""}
        maxLength={serverLimit("max_bio")}
        error={form.error("bio")}
      />
      <Button variant="primary" type="submit" busy={form.busy}>
        {text.act.save}
      </Button>
    </form>
  );
}
