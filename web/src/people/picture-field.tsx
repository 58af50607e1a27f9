import { lazy, type ReactNode, Suspense, useRef, useState } from "react";
import { ChatError } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import styles from "./picture-field.module.css";

const CropDialog = lazy(() =>
  import("./crop-dialog.tsx").then(({ CropDialog }) => ({ default: CropDialog })),
);

interface PictureFieldProps {
  picture: ReactNode;
  /** Whether there is a picture to remove. */
  has: boolean;
  /** Whether it is shown as a square, as those of groups are. */
  square?: boolean;
  /** Receives the id of the uploaded picture; null removes the picture. */
  onChange: (attachmentId: string | null) => Promise<unknown>;
}

/** The picture of a person or a group. A new one is cropped first. Changes are saved at once. */
export function PictureField({ picture, has, square = false, onChange }: PictureFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [chosen, setChosen] = useState<File | null>(null);
  const words = settingsText.profile;
  async function run(work: () => Promise<unknown>) {
    setBusy(true);
    const done = await attempt(work, settingsText.saved);
    setBusy(false);
    return done;
  }
  const upload = (file: File) =>
    run(async () => {
      const { id, thumbnail_url } = await chat.upload(file);
      // The server keeps what it cannot open as a file like any other.
      if (!thumbnail_url) throw new ChatError("validation_failed", words.noPicture);
      return onChange(id);
    });
  const close = () => setChosen(null);
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
          if (file) setChosen(file);
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
      {chosen && (
        <Suspense>
          <CropDialog
            file={chosen}
            square={square}
            onDone={async (file) => {
              if (await upload(file)) close();
            }}
            onClose={close}
            // The server opens more kinds of pictures than browsers do, and takes their middle.
            onUnknown={() => {
              close();
              void upload(chosen);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
