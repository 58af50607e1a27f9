import ChevronLeft from "lucide-react/icons/chevron-left";
import ChevronRight from "lucide-react/icons/chevron-right";
import Download from "lucide-react/icons/download";
import X from "lucide-react/icons/x";
import ZoomIn from "lucide-react/icons/zoom-in";
import ZoomOut from "lucide-react/icons/zoom-out";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import styles from "./lightbox.module.css";

interface LightboxProps {
  pictures: readonly Attachment[];
  first: number;
  onClose: () => void;
  onGone: () => void;
}

/** A message's pictures, as large as the screen allows. Arrows change the picture, + and - zoom. */
export function Lightbox({ pictures, first, onClose, onGone }: LightboxProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState(first);
  const [zoomed, setZoomed] = useState(false);
  const words = text.room.media;
  const picture = pictures[at];
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  function leaf(step: number) {
    setZoomed(false);
    setAt((at + step + pictures.length) % pictures.length);
  }
  function keys(event: KeyboardEvent<HTMLElement>) {
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
    const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
    if (step && !zoomed) leaf(step);
    if (event.key === "+" || event.key === "-") setZoomed(event.key === "+");
  }

  if (!picture) return null;
  return (
    <dialog
      ref={ref}
      aria-label={`${words.viewer}: ${picture.name}`}
      className={styles.lightbox}
      onKeyDown={keys}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className={styles.bar}>
        <span className={styles.name} dir="auto">
          {picture.name}
        </span>
        {pictures.length > 1 && (
          <span className={styles.count}>
            {at + 1} / {pictures.length}
          </span>
        )}
        <IconButton
          label={zoomed ? words.zoomOut : words.zoomIn}
          icon={zoomed ? <ZoomOut size={20} /> : <ZoomIn size={20} />}
          onClick={() => setZoomed(!zoomed)}
        />
        <a
          href={picture.url}
          download={picture.name}
          target="_blank"
          rel="noopener noreferrer"
          aria-label={words.downloadName(picture.name)}
          className={styles.link}
        >
          <Download size={20} />
        </a>
        <IconButton label={text.act.close} icon={<X size={20} />} onClick={onClose} />
      </header>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the dialog closes by Escape on its own. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the space around the picture. */}
      <div
        className={cx(styles.stage, zoomed && styles.zoomed)}
        onClick={(event) => event.target === event.currentTarget && onClose()}
      >
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the zoom button does the same. */}
        <img
          key={picture.id}
          src={picture.url}
          alt={picture.name}
          style={zoomed ? { inlineSize: `${picture.width}px` } : undefined}
          onClick={() => setZoomed(!zoomed)}
          onError={onGone}
        />
      </div>
      {pictures.length > 1 && (
        <>
          <IconButton
            className={cx(styles.leaf, styles.previous)}
            label={words.previous}
            icon={<ChevronLeft size={24} className="flip" />}
            tip="none"
            onClick={() => leaf(-1)}
          />
          <IconButton
            className={cx(styles.leaf, styles.next)}
            label={words.next}
            icon={<ChevronRight size={24} className="flip" />}
            tip="none"
            onClick={() => leaf(1)}
          />
        </>
      )}
    </dialog>
  );
}
