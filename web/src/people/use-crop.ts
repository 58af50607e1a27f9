import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from "react";
import { type Crop, firstCrop, movedCrop, type PictureSize, zoomedCrop } from "./crop.ts";

/** How far an arrow moves the picture, in parts of the square. */
const MOVE_STEP = 0.05;
const ZOOM_STEP = 1.1;

type Place = readonly [x: number, y: number];

const CROP_ARROWS: Readonly<Record<string, Place>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * A crop that is moved and zoomed by mouse, fingers, wheel and keys. `stage` is the square that is
 * cut out, `frame` the element around it.
 */
export function useCrop(
  frame: RefObject<HTMLElement | null>,
  stage: RefObject<HTMLElement | null>,
  size: PictureSize,
) {
  const [crop, setCrop] = useState<Crop>(() => firstCrop(size));
  const fingers = useRef(new Map<number, Place>());
  const zoomBy = (by: number, spot?: Place) =>
    setCrop((now) => zoomedCrop(size, now, now.zoom * by, spot));

  /** Parts of the square, from its beginning. */
  const spotOf = ({ clientX, clientY }: { clientX: number; clientY: number }): Place => {
    const { x, y, width } = stage.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return [(clientX - x) / width, (clientY - y) / width];
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the functions only need the size.
  useEffect(() => {
    const box = frame.current;
    // A listener of React could not keep the page itself from moving.
    function turn(event: WheelEvent) {
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === event.DOM_DELTA_PIXEL ? 1 : 16);
      zoomBy(2 ** (-pixels / (event.ctrlKey ? 100 : 400)), spotOf(event));
    }
    box?.addEventListener("wheel", turn, { passive: false });
    return () => box?.removeEventListener("wheel", turn);
  }, [frame, size]);

  const lift = ({ pointerId }: PointerEvent) => void fingers.current.delete(pointerId);
  const handlers = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button > 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, spotOf(event));
    },
    onPointerMove(event: PointerEvent) {
      const before = [...fingers.current.values()];
      if (!fingers.current.has(event.pointerId)) return;
      fingers.current.set(event.pointerId, spotOf(event));
      const after = [...fingers.current.values()];
      const [from, to] = [middle(before), middle(after)];
      const wider = distance(before) ? distance(after) / distance(before) : 1;
      setCrop((now) => {
        const moved = movedCrop(size, now, from[0] - to[0], from[1] - to[1]);
        return zoomedCrop(size, moved, now.zoom * wider, to);
      });
    },
    onPointerUp: lift,
    onPointerCancel: lift,
    onKeyDown(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const [right, down] = CROP_ARROWS[event.key] ?? [0, 0];
      const closer = event.key === "+" || event.key === "=";
      if (!right && !down && !closer && event.key !== "-") return;
      event.preventDefault();
      // The picture moves in the direction of the arrow, as it would under a finger.
      if (right || down)
        setCrop((now) => movedCrop(size, now, -right * MOVE_STEP, -down * MOVE_STEP));
      else zoomBy(closer ? ZOOM_STEP : 1 / ZOOM_STEP);
    },
  };
  return {
    crop,
    handlers,
    setZoom: (zoom: number) => setCrop((now) => zoomedCrop(size, now, zoom)),
  };
}

/** Between all the fingers. */
function middle(places: readonly Place[]): Place {
  const sum = (at: 0 | 1) => places.reduce((all, place) => all + place[at], 0);
  return [sum(0) / places.length, sum(1) / places.length];
}

/** Between the first two; 0 for one finger. */
function distance([one, other]: readonly Place[]): number {
  return one && other ? Math.hypot(one[0] - other[0], one[1] - other[1]) : 0;
}
