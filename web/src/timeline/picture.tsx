import ImageOff from "lucide-react/icons/image-off";
import Play from "lucide-react/icons/play";
import { useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import styles from "./attachments.module.css";
import { CELL, isSmallerThan, pictureShape } from "./shape.ts";
import { useMoving } from "./use-moving.ts";

interface PictureProps {
  picture: Attachment;
  alone: boolean;
  onOpen: () => void;
  onGone: () => void;
}

/**
 * The space for a picture is reserved before it is loaded, so that nothing moves afterwards. What
 * moves is shown itself, not its thumbnail.
 */
export function Picture({ picture, alone, onOpen, onGone }: PictureProps) {
  const { url, thumbnail_url, name, width, height } = picture;
  const { moves, still, play } = useMoving(picture);
  const source = moves && !still ? url : (thumbnail_url ?? url);
  const [loaded, setLoaded] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  const size = [width ?? 1, height ?? 1] as const;
  const shape = pictureShape(...size);
  const small = isSmallerThan(alone ? shape : CELL, ...size);
  return (
    <button
      type="button"
      className={cx(styles.picture, loaded && styles.loaded, small && styles.small)}
      style={alone ? shape : undefined}
      aria-label={still ? text.room.media.move(name) : text.room.media.view(name)}
      onClick={still ? play : onOpen}
    >
      {broken === source ? (
        <ImageOff size={28} aria-label={text.room.media.gone} />
      ) : (
        <img
          src={source}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onLoad={() => setLoaded(true)}
          onError={() => {
            setBroken(source);
            onGone();
          }}
        />
      )}
      {still && (
        <span className={styles.still} aria-hidden="true">
          <Play size={20} fill="currentColor" />
        </span>
      )}
    </button>
  );
}
