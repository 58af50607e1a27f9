import { type MouseEvent, type PointerEvent, useRef } from "react";

const LONG = 450;
/** Fingers tremble; who moves farther scrolls. */
const STILL = 10;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * For fingers: what a right click is for a mouse. It comes when the finger is lifted, since what
 * opened under it would take that for a press elsewhere, and close.
 */
export function useLongPress(onPress: (at: Point) => void) {
  const press = useRef<(Point & { since: number }) | null>(null);
  const handled = useRef(false);
  return {
    onPointerDown(event: PointerEvent) {
      const { clientX: x, clientY: y, timeStamp: since } = event;
      // What lies over the page is no part of this.
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
    /** The press was not meant for what lies under it. */
    onClickCapture(event: MouseEvent) {
      if (!handled.current) return;
      handled.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

/** When no button is down any more: see above. */
export function whenReleased(event: MouseEvent, then: () => void): void {
  if (event.buttons === 0) then();
  else addEventListener("pointerup", () => setTimeout(then), { once: true });
}
