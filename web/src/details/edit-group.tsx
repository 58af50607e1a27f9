import { type FormEvent, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useForm } from "../lib/form.ts";
import { serverLimit } from "../lib/server.ts";
import { toast } from "../lib/toasts.ts";
import { PictureField } from "../people/picture-field.tsx";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { detailsText } from "../text/details.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Switch, TextArea, TextField } from "../ui/field.tsx";
import styles from "./details.module.css";

export function EditGroupDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const [open, setOpen] = useState(room.visibility === "public");
  const form = useForm();
  const words = detailsText.edit;
  const handle = chat.room(room.id);
  function submit(event: FormEvent<HTMLFormElement>) {
    const fields = new FormData(event.currentTarget);
    void form.submit(event, async () => {
      await handle.update({
        name: String(fields.get("name")),
        topic: String(fields.get("topic")) || null,
        visibility: open ? "public" : "private",
      });
      toast(words.saved);
      onClose();
    });
  }
  return (
    <Dialog title={words.title} onClose={onClose}>
      <div className={styles.form}>
        <PictureField
          picture={<RoomAvatar room={room} size={64} />}
          has={room.avatar_url !== null}
          square
          onChange={(avatar_id) => handle.update({ avatar_id })}
        />
      </div>
      <form className={styles.form} onSubmit={submit} noValidate>
        <TextField
          name="name"
          label={text.rooms.create.name}
          defaultValue={room.name ?? ""}
          maxLength={serverLimit("max_room_name")}
          autoComplete="off"
          error={form.error("name")}
        />
        <TextArea
          name="topic"
          label={text.rooms.create.topic}
          defaultValue={room.topic ?? ""}
          maxLength={serverLimit("max_room_topic")}
          error={form.error("topic")}
        />
        <Switch label={text.rooms.create.open} checked={open} onChange={setOpen} />
        <Button variant="primary" type="submit" wide busy={form.busy}>
          {text.act.save}
        </Button>
      </form>
    </Dialog>
  );
}
