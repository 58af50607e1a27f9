import File from "lucide-react/icons/file";
import { useEffect, useState } from "react";
import { bytes } from "../text/format.ts";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import styles from "./attachments.module.css";

type LocalFile = globalThis.File;

/** The files of a message that are not uploaded yet. */
export function WaitingFiles({ files }: { files: readonly LocalFile[] }) {
  return (
    <div className={styles.attachments}>
      {files.map((file, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: files have no ids, and keep their order.
        <WaitingFile key={n} file={file} />
      ))}
    </div>
  );
}

function WaitingFile({ file }: { file: LocalFile }) {
  const [url, setUrl] = useState<string | null>(null);
  const picture = file.type.startsWith("image/");
  useEffect(() => {
    if (!picture) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file, picture]);
  const label = text.room.message.fileWaiting(file.name);
  if (url)
    return <img src={url} alt={label} className={styles.local} onError={() => setUrl(null)} />;
  return (
    <div className={styles.file} role="img" aria-label={label}>
      <span className={styles.icon}>
        <File size={20} aria-hidden="true" />
      </span>
      <span className={styles.words}>
        <bdi className={cx("cut", styles.name)}>{file.name}</bdi>
        <span className={styles.size}>{bytes(file.size)}</span>
      </span>
    </div>
  );
}
