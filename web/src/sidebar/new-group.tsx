import { type FormEvent, useState } from "react";
import type { User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useForm } from "../lib/form.ts";
import { serverLimit } from "../lib/server.ts";
import { PeoplePicker } from "../people/people-picker.tsx";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Switch, TextField } from "../ui/field.tsx";
import styles from "./new-chat.module.css";

export function NewGroupForm({ onCreated }: { onCreated: (roomId: string) => void }) {
  const [open, setOpen] = useState(false);
  const [members, setMembers] = useState<readonly User[]>([]);
  const form = useForm();
  const words = text.rooms.create;
  function submit(event: FormEvent<HTMLFormElement>) {
    const fields = new FormData(event.currentTarget);
    void form.submit(event, async () => {
      const made = await chat.createRoom({
        name: String(fields.get("name")),
        topic: String(fields.get("topic")),
        visibility: open ? "public" : "private",
        member_ids: members.map((user) => user.id),
      });
      onCreated(made.id);
    });
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        name="name"
        label={words.name}
        required
        autoFocus
        maxLength={serverLimit("max_room_name")}
        autoComplete="off"
        error={form.error("name")}
      />
      <TextField
        name="topic"
        label={words.topic}
        maxLength={serverLimit("max_room_topic")}
        autoComplete="off"
        error={form.error("topic")}
      />
      <Switch label={words.open} checked={open} onChange={setOpen} />
      <h3 className={styles.label}>{words.members}</h3>
      <PeoplePicker picked={members} onChange={setMembers} />
      <Button variant="primary" type="submit" wide busy={form.busy}>
        {words.submit}
      </Button>
    </form>
  );
}
