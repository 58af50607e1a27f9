import ZoomIn from "lucide-react/icons/zoom-in";
import ZoomOut from "lucide-react/icons/zoom-out";
import { type CSSProperties, useEffect, useId, useRef, useState } from "react";
import { useSettled } from "../lib/use-pages.ts";
import { locale, text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Spinner } from "../ui/spinner.tsx";
import { type Crop, cropSide, MOST_ZOOM, type PictureSize } from "./crop.ts";
import styles from "./crop-dialog.module.css";
import { useCrop } from "./use-crop.ts";

/** The server stores pictures of people and groups at this size at most (pixels of a side). */
const MOST_PIXELS = 256;

const percents = new Intl.NumberFormat(locale, { style: "percent" });
const percent = (part: number) => percents.format(part);

interface CropDialogProps {
  file: File;
  /** Pictures of groups are squares with round corners, those of people circles. */
  square: boolean;
  /** Receives what was cut out. The dialog stays until the promise has settled. */
  onDone: (picture: File) => Promise<unknown>;
  onClose: () => void;
  /** Called if the browser cannot show the file. */
  onUnknown: () => void;
}

/** Shows a picture before it is used: what will be seen of it is moved and zoomed. */
export function CropDialog({ file, onUnknown, ...rest }: CropDialogProps) {
  const [image, setImage] = useState<HTMLImageElement | null>(null);
  const unknown = useRef(onUnknown);
  unknown.current = onUnknown;
  useEffect(() => {
    const opened = new Image();
    opened.src = URL.createObjectURL(file);
    let gone = false;
    opened.decode().then(
      () => gone || (opened.naturalWidth ? setImage(opened) : unknown.current()),
      () => gone || unknown.current(),
    );
    return () => {
      gone = true;
      URL.revokeObjectURL(opened.src);
    };
  }, [file]);
  if (image) return <Cropper image={image} name={file.name} {...rest} />;
  return (
    <Dialog title={settingsText.crop.title} size="s" onClose={rest.onClose}>
      <div className={styles.wait}>
        <Spinner size="l" label={settingsText.crop.opening} />
      </div>
    </Dialog>
  );
}

interface CropperProps extends Omit<CropDialogProps, "file" | "onUnknown"> {
  image: HTMLImageElement;
  name: string;
}

function Cropper({ image, name, square, onDone, onClose }: CropperProps) {
  const [size] = useState<PictureSize>(() => ({
    width: image.naturalWidth,
    height: image.naturalHeight,
  }));
  const [frame, stage] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)];
  const { crop, handlers, setZoom } = useCrop(frame, stage, size);
  const settled = useSettled(crop, 500);
  const [busy, setBusy] = useState(false);
  const hint = useId();
  const words = settingsText.crop;
  const shown = { src: image.src, style: placed(size, crop) };
  async function use() {
    setBusy(true);
    await onDone(await cutOut(image, size, crop, name));
    setBusy(false);
  }
  const buttons = (
    <>
      <Button onClick={onClose}>{text.act.cancel}</Button>
      <Button variant="primary" busy={busy} onClick={() => void use()}>
        {words.use}
      </Button>
    </>
  );
  return (
    <Dialog title={words.title} size="s" onClose={onClose} footer={buttons}>
      <div className={cx(styles.cropper, square && styles.square)}>
        {/* biome-ignore-start lint/a11y: it takes keys, as its hint says. */}
        <div
          role="application"
          aria-label={words.picture}
          aria-describedby={hint}
          tabIndex={0}
          ref={frame}
          data-focus
          className={styles.frame}
          {...handlers}
        >
          <div ref={stage} className={styles.stage}>
            <img {...shown} alt="" draggable={false} />
          </div>
        </div>
        {/* biome-ignore-end lint/a11y: the exception ends here. */}
        <p id={hint} className={styles.hint}>
          {words.hint}
        </p>
        <label className={styles.zoom}>
          <ZoomOut size={18} aria-hidden="true" />
          <span className="quiet">{words.zoom}</span>
          <input
            type="range"
            min={1}
            max={MOST_ZOOM}
            step="any"
            value={crop.zoom}
            aria-valuetext={percent(crop.zoom)}
            onChange={({ target }) => setZoom(target.valueAsNumber)}
          />
          <ZoomIn size={18} aria-hidden="true" />
        </label>
        <div className={styles.previews} role="img" aria-label={words.preview}>
          {[96, 40].map((side) => (
            <span
              key={side}
              className={styles.preview}
              style={{ inlineSize: side, blockSize: side }}
            >
              <img {...shown} alt="" draggable={false} />
            </span>
          ))}
        </div>
        <p role="status" className="quiet">
          {words.at(
            percent(settled.x / size.width),
            percent(settled.y / size.height),
            percent(settled.zoom),
          )}
        </p>
      </div>
    </Dialog>
  );
}

/** Places the picture so that the square fills the box around it. */
function placed(size: PictureSize, crop: Crop): CSSProperties {
  const side = cropSide(size, crop);
  const part = (pixels: number) => `${(100 * pixels) / side}%`;
  return {
    inlineSize: part(size.width),
    blockSize: part(size.height),
    left: part(side / 2 - crop.x),
    top: part(side / 2 - crop.y),
  };
}

/** The square as a picture of its own. Browsers draw a photo turned as its EXIF says. */
async function cutOut(image: HTMLImageElement, size: PictureSize, crop: Crop, name: string) {
  const side = cropSide(size, crop);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.max(1, Math.min(MOST_PIXELS, Math.round(side)));
  const brush = canvas.getContext("2d");
  if (brush) {
    brush.imageSmoothingQuality = "high";
    const from = [crop.x - side / 2, crop.y - side / 2, side, side] as const;
    brush.drawImage(image, ...from, 0, 0, canvas.width, canvas.height);
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  return new File(blob ? [blob] : [], `${name.replace(/\.\w+$/, "")}.png`, { type: "image/png" });
}
