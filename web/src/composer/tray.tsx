import File from "lucide-react/icons/file";
import RotateCw from "lucide-react/icons/rotate-cw";
import X from "lucide-react/icons/x";
import { useState } from "react";
import { bytes } from "../text/format.ts";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import styles from "./tray.module.css";
import type { Upload, Uploads } from "./uploads.ts";

interface TrayProps {
  uploads: Uploads;
  list: readonly Upload[];
}

/** The files that will be sent with the message. */
export function Tray({ uploads, list }: TrayProps) {
  return (
    <ul aria-label={text.room.composer.files} className={styles.tray}>
      {list.map((upload) => (
        <Item key={upload.id} upload={upload} uploads={uploads} />
      ))}
    </ul>
  );
}

function Item({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { id, file, preview, part, attachment, error, later } = upload;
  const words = text.room.composer;
  // Not every browser can show every picture.
  const [hidden, setHidden] = useState(false);
  return (
    <li
      className={cx(styles.item, error && styles.failed, later && styles.later)}
      title={file.name}
    >
      {preview && !hidden ? (
        <img src={preview} alt="" className={styles.preview} onError={() => setHidden(true)} />
      ) : (
        <span className={styles.file}>
          <File size={20} aria-hidden="true" />
          <bdi className={cx("cut", styles.name)}>{file.name}</bdi>
          {!error && <span className={styles.size}>{bytes(file.size)}</span>}
        </span>
      )}
      {!attachment && !error && (
        <progress
          className={styles.progress}
          value={part}
          aria-label={words.uploading(file.name)}
        />
      )}
      {error && (
        <span role={later ? "status" : "alert"} className={styles.again}>
          <IconButton
            label={words.retryFile(file.name)}
            icon={<RotateCw size={18} />}
            size="s"
            tip="none"
            onClick={() => uploads.retryUpload(id)}
          />
          <span>{error}</span>
        </span>
      )}
      <IconButton
        className={styles.remove}
        label={words.removeFile(file.name)}
        icon={<X size={14} />}
        size="s"
        tip="none"
        onClick={() => uploads.removeUpload(id)}
      />
    </li>
  );
}
