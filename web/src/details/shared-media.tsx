import Film from "lucide-react/icons/film";
import ImageIcon from "lucide-react/icons/image";
import { lazy, Suspense, useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { beside, paths } from "../lib/router.tsx";
import { duration as clock } from "../text/format.ts";
import { text } from "../text/index.ts";
import { useFresh } from "../timeline/use-fresh-attachments.ts";
import styles from "./shared.module.css";
import type { SharedFile } from "./use-shared.ts";

const Lightbox = lazy(() =>
  import("../timeline/lightbox.tsx").then(({ Lightbox }) => ({ default: Lightbox })),
);

/** Pictures and films as tiles. The viewer leads from one to the next, and to their messages. */
export function SharedMedia({ files }: { files: readonly SharedFile[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const [fresh, refresh] = useFresh();
  const pictures = files.map(({ file }) => fresh(file));
  const messageOf = (picture: Attachment) =>
    files.find(({ file }) => file.id === picture.id)?.message;
  const gone = (picture: Attachment) => {
    const message = messageOf(picture);
    if (message) refresh(message);
  };
  return (
    <>
      <ul className={styles.tiles}>
        {pictures.map((picture, n) => (
          <li key={`${files[n]?.message.seq} ${picture.id}`}>
            <Tile picture={picture} onOpen={() => setOpen(n)} onGone={() => gone(picture)} />
          </li>
        ))}
      </ul>
      {open !== null && (
        <Suspense>
          <Lightbox
            pictures={pictures}
            first={open}
            onClose={() => setOpen(null)}
            onGone={gone}
            messageOf={(picture) => {
              const { room_id, seq } = messageOf(picture) ?? {};
              return room_id ? beside(paths.room(room_id, seq)) : "/";
            }}
          />
        </Suspense>
      )}
    </>
  );
}

interface TileProps {
  picture: Attachment;
  onOpen: () => void;
  onGone: () => void;
}

function Tile({ picture, onOpen, onGone }: TileProps) {
  const { name, url, thumbnail_url, content_type, duration } = picture;
  const film = content_type.startsWith("video/");
  const source = thumbnail_url ?? (film ? null : url);
  const [broken, setBroken] = useState<string | null>(null);
  const Icon = film ? Film : ImageIcon;
  return (
    <button
      type="button"
      className={styles.tile}
      aria-label={(film ? text.room.media.move : text.room.media.view)(name)}
      onClick={onOpen}
    >
      {source && source !== broken ? (
        <img
          src={source}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => {
            setBroken(source);
            onGone();
          }}
        />
      ) : (
        <Icon size={24} aria-hidden="true" />
      )}
      {film && duration !== null && <span className={styles.length}>{clock(duration)}</span>}
    </button>
  );
}
