import { type MouseEvent, type PointerEvent, useRef } from "react";

const LONG = 450;
/** Fingers tremble by up to this many pixels. Moving further is scrolling. */
const STILL = 10;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * A long press: what a right click is for a mouse. It fires when the finger is lifted. A menu that
 * opened under the finger would take that as a press outside of it, and close.
 */
export function useLongPress(onPress: (at: Point) => void) {
  const press = useRef<(Point & { since: number }) | null>(null);
  const handled = useRef(false);
  return {
    onPointerDown(event: PointerEvent) {
      const { clientX: x, clientY: y, timeStamp: since } = event;
      // Elements that lie over the page are not part of this one.
      const here = event.currentTarget.contains(event.target as Node);
      const finger = event.pointerType === "touch" && event.isPrimary;
      handled.current = false;
      press.current = here && finger ? { x, y, since } : null;
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      const { x = clientX, y = clientY } = press.current ?? {};
      if (Math.hypot(clientX - x, clientY - y) > STILL) press.current = null;
    },
    onPointerUp({ timeStamp }: PointerEvent) {
      const done = press.current;
      press.current = null;
      if (!done || timeStamp - done.since < LONG) return;
      handled.current = true;
      setTimeout(onPress, 0, { x: done.x, y: done.y });
    },
    onPointerCancel() {
      press.current = null;
    },
    /** The end of a long press must not click what lies below. */
    onClickCapture(event: MouseEvent) {
      if (!handled.current) return;
      handled.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

/** Waits until no mouse button is down any more. The reason is the same as for a long press. */
export function whenReleased(event: MouseEvent, then: () => void): void {
  if (event.buttons === 0) then();
  else addEventListener("pointerup", () => setTimeout(then), { once: true });
}
