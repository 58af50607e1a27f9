import ChevronLeft from "lucide-react/icons/chevron-left";
import ChevronRight from "lucide-react/icons/chevron-right";
import Download from "lucide-react/icons/download";
import MessageCircle from "lucide-react/icons/message-circle";
import Play from "lucide-react/icons/play";
import X from "lucide-react/icons/x";
import ZoomIn from "lucide-react/icons/zoom-in";
import ZoomOut from "lucide-react/icons/zoom-out";
import { type KeyboardEvent, type MouseEvent, useLayoutEffect, useRef, useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { Link } from "../lib/router.tsx";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import styles from "./lightbox.module.css";
import { OtherFile } from "./other-file.tsx";
import { useMoving } from "./use-moving.ts";
import { useView } from "./use-view.ts";

/** How far an arrow moves an enlarged picture, in pixels. */
const SHIFT_STEP = 80;

interface LightboxProps {
  pictures: readonly Attachment[];
  first: number;
  onClose: () => void;
  onGone: (picture: Attachment) => void;
  /** The address of the message that a picture belongs to, if that is not in sight. */
  messageOf?: ((picture: Attachment) => string) | undefined;
}

/**
 * Pictures, and films among them, as large as the screen allows. Arrows and swipes lead to the next
 * one, + and - and two fingers zoom, Escape and a swipe down close.
 */
export function Lightbox({ pictures, first, onClose, onGone, messageOf }: LightboxProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const [chosen, setAt] = useState(first);
  // A picture may be deleted while it is shown.
  const at = Math.min(chosen, pictures.length - 1);
  const words = text.room.media;
  const picture = pictures[at];
  const view = useView(stage, (swipe) => {
    if (swipe === "close") onClose();
    else leaf(swipe === "next" ? 1 : -1);
  });
  const { zoomed } = view;
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  function leaf(step: number) {
    view.whole();
    setAt((at + step + pictures.length) % pictures.length);
  }
  function keys(event: KeyboardEvent<HTMLElement>) {
    // The controls of a film have taken it.
    if (event.defaultPrevented) return;
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
    const [x, y] = ARROWS[event.key] ?? [0, 0];
    if (zoomed && (x || y)) view.shift(-SHIFT_STEP * x, -SHIFT_STEP * y);
    else if (x) leaf(rtl ? -x : x);
    if (event.key === "+" || event.key === "-") view.zoom(event.key === "+");
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
        {messageOf && (
          <Link
            href={messageOf(picture)}
            aria-label={words.toMessage}
            title={words.toMessage}
            className={styles.link}
            onClick={onClose}
          >
            <MessageCircle size={20} />
          </Link>
        )}
        {!isFilm(picture) && (
          <IconButton
            label={zoomed ? words.zoomOut : words.zoomIn}
            icon={zoomed ? <ZoomOut size={20} /> : <ZoomIn size={20} />}
            onClick={() => view.zoom(!zoomed)}
          />
        )}
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
        ref={stage}
        className={cx(styles.stage, zoomed && styles.zoomed)}
        onClick={(event) => event.target === event.currentTarget && onClose()}
        {...view.handlers}
      >
        {isFilm(picture) ? (
          <div className={styles.film}>
            <OtherFile key={picture.id} attachment={picture} onGone={() => onGone(picture)} />
          </div>
        ) : (
          <Whole
            key={picture.id}
            picture={picture}
            onPress={view.zoomAt}
            onGone={() => onGone(picture)}
          />
        )}
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

const isFilm = ({ content_type }: Attachment): boolean => content_type.startsWith("video/");

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

interface WholeProps {
  picture: Attachment;
  onPress: (event: MouseEvent) => void;
  onGone: () => void;
}

/** The picture itself, or its thumbnail where the browser cannot show it. */
function Whole({ picture, onPress, onGone }: WholeProps) {
  const { url, thumbnail_url, name } = picture;
  const { still, play } = useMoving(picture);
  const [broken, setBroken] = useState<string | null>(null);
  const instead = still || broken === url;
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the zoom button does the same. */}
      <img
        src={instead ? (thumbnail_url ?? url) : url}
        alt={name}
        draggable={false}
        onClick={onPress}
        onError={() => {
          setBroken(url);
          onGone();
        }}
      />
      {still && (
        <IconButton
          className={styles.still}
          label={text.room.media.move(name)}
          icon={<Play size={24} fill="currentColor" />}
          tip="none"
          onClick={play}
        />
      )}
    </>
  );
}
