import Download from "lucide-react/icons/download";
import File from "lucide-react/icons/file";
import FileText from "lucide-react/icons/file-text";
import { lazy, Suspense, useState } from "react";
import type { Attachment, Message } from "realtime-chat-sdk";
import { bytes, duration } from "../text/format.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import styles from "./attachments.module.css";
import { Picture } from "./picture.tsx";
import { useFreshAttachments } from "./use-fresh-attachments.ts";

const Lightbox = lazy(() =>
  import("./lightbox.tsx").then(({ Lightbox }) => ({ default: Lightbox })),
);

interface AttachmentsProps {
  message: Pick<Message, "attachments" | "room_id" | "seq">;
}

/** Pictures in a grid, then video and audio, then files. */
export function Attachments({ message }: AttachmentsProps) {
  const [attachments, refresh] = useFreshAttachments(message);
  const [open, setOpen] = useState<number | null>(null);
  const pictures = attachments.filter(isPicture);
  const others = attachments.filter((each) => !isPicture(each));
  return (
    <div className={styles.attachments}>
      {pictures.length > 0 && (
        <div
          className={cx(styles.grid, pictures.length > 1 && styles.many)}
          data-count={pictures.length}
        >
          {pictures.map((picture, n) => (
            <Picture
              key={picture.id}
              picture={picture}
              alone={pictures.length === 1}
              onOpen={() => setOpen(n)}
              onGone={refresh}
            />
          ))}
        </div>
      )}
      {others.map((each) => (
        <Other key={each.id} attachment={each} onGone={refresh} />
      ))}
      {open !== null && (
        <Suspense>
          <Lightbox
            pictures={pictures}
            first={open}
            onClose={() => setOpen(null)}
            onGone={refresh}
          />
        </Suspense>
      )}
    </div>
  );
}

interface OtherProps {
  attachment: Attachment;
  /** Called when the file's address has expired: fetches a new one. */
  onGone: () => void;
}

function Other({ attachment, onGone }: OtherProps) {
  const kind = attachment.content_type.split("/", 1)[0];
  if (kind === "video") return <Video attachment={attachment} onGone={onGone} />;
  if (kind === "audio") return <Audio attachment={attachment} onGone={onGone} />;
  return <FileCard attachment={attachment} />;
}

function Video({ attachment, onGone }: OtherProps) {
  const { url, thumbnail_url, width, height, name } = attachment;
  return (
    // biome-ignore lint/a11y/useMediaCaption: videos in messages have no captions.
    <video
      className={styles.video}
      src={url}
      poster={thumbnail_url ?? undefined}
      style={{ aspectRatio: width && height ? `${width} / ${height}` : "16 / 9" }}
      controls
      playsInline
      preload="metadata"
      aria-label={`${text.room.message.video}: ${name}`}
      onError={onGone}
    />
  );
}

function Audio({ attachment, onGone }: OtherProps) {
  const { url, name, duration: length } = attachment;
  return (
    <div className={styles.audio}>
      <span className={styles.name} dir="auto">
        {name}
        {length !== null && <span className={styles.size}> · {duration(length)}</span>}
      </span>
      {/* biome-ignore lint/a11y/useMediaCaption: recordings in messages have no captions. */}
      <audio
        src={url}
        controls
        preload="none"
        aria-label={`${text.room.message.audio}: ${name}`}
        onError={onGone}
      />
    </div>
  );
}

function FileCard({ attachment: { url, name, size, content_type } }: { attachment: Attachment }) {
  const Icon = content_type === "application/pdf" ? FileText : File;
  return (
    <a href={url} download={name} target="_blank" rel="noopener noreferrer" className={styles.file}>
      <span className={styles.icon}>
        <Icon size={20} />
      </span>
      <span className="quiet">{text.room.media.download}</span>
      <span className={styles.words}>
        <span className={styles.name} dir="auto">
          {name}
        </span>
        <span className={styles.size}>
          {bytes(size)} · {extension(name)}
        </span>
      </span>
      <Download size={18} className={styles.download} aria-hidden="true" />
    </a>
  );
}

/** Whether a browser can show it in an <img>. */
function isPicture({ content_type, width, height }: Attachment): boolean {
  return content_type.startsWith("image/") && width !== null && height !== null;
}

function extension(name: string): string {
  const found = /\.([^.\s]{1,6})$/.exec(name)?.[1];
  return found ? found.toUpperCase() : text.room.message.file;
}
