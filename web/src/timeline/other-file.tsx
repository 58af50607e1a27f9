import Download from "lucide-react/icons/download";
import File from "lucide-react/icons/file";
import FileText from "lucide-react/icons/file-text";
import { lazy, useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { bytes } from "../text/format.ts";
import { text } from "../text/index.ts";
import styles from "./attachments.module.css";

const AudioPlayer = lazy(() =>
  import("./player.tsx").then(({ AudioPlayer }) => ({ default: AudioPlayer })),
);
const VideoPlayer = lazy(() =>
  import("./player.tsx").then(({ VideoPlayer }) => ({ default: VideoPlayer })),
);

interface OtherFileProps {
  attachment: Attachment;
  /** Called when the file cannot be loaded: fetches a new address, if the old one has expired. */
  onGone: () => void;
}

/** A film or a sound with its player, or what there is to download. */
export function OtherFile({ attachment, onGone }: OtherFileProps) {
  const { content_type, url } = attachment;
  const [broken, setBroken] = useState<string | null>(null);
  const kind = content_type.split("/", 1)[0];
  const Player = kind === "video" ? VideoPlayer : kind === "audio" ? AudioPlayer : null;
  if (!Player) return <FileCard attachment={attachment} />;
  if (broken === url) return <FileCard attachment={attachment} note={text.room.media.unplayable} />;
  const fail = () => {
    setBroken(url);
    onGone();
  };
  return <Player attachment={attachment} onFail={fail} />;
}

interface FileCardProps {
  attachment: Attachment;
  note?: string;
}

function FileCard({ attachment: { url, name, size, content_type }, note }: FileCardProps) {
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
          {bytes(size)} · {note ?? extension(name)}
        </span>
      </span>
      <Download size={18} className={styles.download} aria-hidden="true" />
    </a>
  );
}

function extension(name: string): string {
  const found = /\.([^.\s]{1,6})$/.exec(name)?.[1];
  return found ? found.toUpperCase() : text.room.message.file;
}
