import ImageOff from "lucide-react/icons/image-off";
import { useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { cx } from "../ui/cx.ts";
import styles from "./attachments.module.css";

/** The longest side of a single picture, in pixels. */
const LONGEST_SIDE = 340;

interface PictureProps {
  picture: Attachment;
  alone: boolean;
  onOpen: () => void;
  onGone: () => void;
}

/** The space for a picture is reserved before it is loaded, so that nothing moves afterwards. */
export function Picture({ picture, alone, onOpen, onGone }: PictureProps) {
  const { url, thumbnail_url, name, width, height } = picture;
  const source = thumbnail_url ?? url;
  const [loaded, setLoaded] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  return (
    <button
      type="button"
      className={cx(styles.picture, loaded && styles.loaded)}
      style={alone ? size(width ?? 1, height ?? 1) : undefined}
      aria-label={text.room.media.view(name)}
      onClick={onOpen}
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
    </button>
  );
}

/** Keeps the picture's proportions, unless they are extreme. */
function size(width: number, height: number) {
  const ratio = Math.min(Math.max(width / height, 0.5), 2.5);
  const scale = Math.min(LONGEST_SIDE / Math.max(width, height * ratio, 1), 1);
  const least = Math.max(Math.round(width * scale), 96);
  return {
    inlineSize: Math.min(least, ratio < 1 ? LONGEST_SIDE * ratio : LONGEST_SIDE),
    aspectRatio: ratio,
  };
}
