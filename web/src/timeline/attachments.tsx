import { lazy, Suspense, useState } from "react";
import type { Attachment, Message } from "realtime-chat-sdk";
import { cx } from "../ui/cx.ts";
import styles from "./attachments.module.css";
import { Picture } from "./picture.tsx";
import { filmShape } from "./shape.ts";
import { useFreshAttachments } from "./use-fresh-attachments.ts";

const Lightbox = lazy(() =>
  import("./lightbox.tsx").then(({ Lightbox }) => ({ default: Lightbox })),
);
const OtherFile = lazy(() =>
  import("./other-file.tsx").then(({ OtherFile }) => ({ default: OtherFile })),
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
        <Suspense key={each.id} fallback={<Space attachment={each} />}>
          <OtherFile attachment={each} onGone={refresh} />
        </Suspense>
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

/** The space of a file, until the code that shows it is loaded. */
function Space({ attachment: { content_type, width, height } }: { attachment: Attachment }) {
  const film = content_type.startsWith("video/");
  return <div className={styles.space} style={film ? filmShape(width, height) : undefined} />;
}

/** Whether a browser can show it in an <img>. */
function isPicture({ content_type, width, height }: Attachment): boolean {
  return content_type.startsWith("image/") && width !== null && height !== null;
}
