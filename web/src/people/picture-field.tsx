import { type ReactNode, useRef, useState } from "react";
import { ChatError } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import styles from "./picture-field.module.css";

interface PictureFieldProps {
  picture: ReactNode;
  /** Whether there is a picture to remove. */
  has: boolean;
  /** Receives the id of the uploaded picture; null removes the picture. */
  onChange: (attachmentId: string | null) => Promise<unknown>;
}

/** The picture of a person or a group. Changes are saved at once. */
export function PictureField({ picture, has, onChange }: PictureFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const words = settingsText.profile;
  async function run(work: () => Promise<unknown>) {
    setBusy(true);
    await attempt(work, settingsText.saved);
    setBusy(false);
  }
  const upload = (file: File) =>
    run(async () => {
      const { id, thumbnail_url } = await chat.upload(file);
      // The server keeps what it cannot open as a file like any other.
      if (!thumbnail_url) throw new ChatError("validation_failed", words.noPicture);
      return onChange(id);
    });
  return (
    <div className={styles.field}>
      {picture}
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={words.picture}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = "";
          if (file) void upload(file);
        }}
      />
      <Button size="s" busy={busy} onClick={() => input.current?.click()}>
        {words.change}
      </Button>
      {has && (
        <Button size="s" variant="quiet" harmful onClick={() => void run(() => onChange(null))}>
          {words.remove}
        </Button>
      )}
    </div>
  );
}
