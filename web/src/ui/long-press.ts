import { type MouseEvent, type PointerEvent, useEffect, useRef } from "react";
import type { Point } from "./place.ts";

/** Milliseconds. */
const LONG_PRESS = 400;
/** Fingers tremble by up to this many pixels. Moving further is scrolling. */
const STILL = 10;
/** Milliseconds of vibration: just enough to be felt. */
const VIBRATION = 10;

/**
 * A long press: what a right click is for a mouse. It opens at once, while the finger is still
 * down, and can be felt.
 */
export function useLongPress(onPress: (at: Point) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const began = useRef<{ x: number; y: number } | null>(null);
  const handled = useRef(false);
  const down = useRef(false);
  const end = () => {
    clearTimeout(timer.current);
    began.current = null;
  };
  const lift = () => {
    down.current = false;
    end();
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onPointerDown(event: PointerEvent) {
      const { clientX: x, clientY: y, currentTarget: around } = event;
      end();
      handled.current = false;
      // Elements that lie over the page are not part of this one.
      if (!around.contains(event.target as Node) || !isFinger(event)) return;
      began.current = { x, y };
      down.current = true;
      timer.current = setTimeout(() => {
        end();
        handled.current = true;
        tick();
        onPress({ x, y, around, held: () => down.current });
      }, LONG_PRESS);
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      const { x = clientX, y = clientY } = began.current ?? {};
      if (Math.hypot(clientX - x, clientY - y) > STILL) end();
    },
    onPointerUp: lift,
    onPointerCancel: lift,
    /** The end of a long press must not click what lies below. */
    onClickCapture(event: MouseEvent) {
      // A key clicks too, but no finger has done that.
      if (!handled.current || event.detail === 0) return;
      handled.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

export function isFinger({
  pointerType,
  isPrimary,
}: Pick<PointerEvent, "pointerType" | "isPrimary">) {
  return pointerType === "touch" && isPrimary;
}

/** A tick that can be felt. Browsers refuse it before the first press on the page. */
export function tick(): void {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(VIBRATION);
}

/**
 * Waits until no mouse button is down any more. A menu that opened before that would take the
 * release as a press outside of it, and close.
 */
export function whenReleased(event: MouseEvent, then: () => void): void {
  if (event.buttons === 0) then();
  else addEventListener("pointerup", () => setTimeout(then), { once: true });
}
