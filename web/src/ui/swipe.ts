import { type PointerEvent, useRef, useState } from "react";
import { isFinger, tick } from "./long-press.ts";

/** The swipe begins after this many pixels, if it is more sideways than up or down. */
const SWIPE_BEGINS = 12;
/** From here on, lifting the finger does it. */
const SWIPE_FAR = 56;
/** The element follows no further. */
const SWIPE_FURTHEST = 72;

interface Swipe {
  readonly x: number;
  readonly y: number;
  readonly on: HTMLElement;
  /** How far the finger has moved sideways; null before it is a swipe. */
  by: number | null;
}

/**
 * A swipe of an element to either side with one finger. The element follows the finger, and goes
 * back. It needs `touch-action: pan-y`.
 */
export function useSwipe(onSwipe: () => void, allowed: boolean) {
  const swipe = useRef<Swipe | null>(null);
  const [swiping, setSwiping] = useState(false);
  const end = () => {
    const { on, by } = swipe.current ?? {};
    swipe.current = null;
    if (!on || by == null) return null;
    on.style.translate = on.style.transition = "";
    setSwiping(false);
    return by;
  };
  const handlers = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      end();
      const { clientX: x, clientY: y, currentTarget: on } = event;
      if (allowed && isFinger(event) && on.contains(event.target as Node)) {
        swipe.current = { x, y, on, by: null };
      }
    },
    onPointerMove({ clientX, clientY }: PointerEvent<HTMLElement>) {
      const now = swipe.current;
      if (!now) return;
      const [by, across] = [clientX - now.x, Math.abs(clientY - now.y)];
      if (now.by === null) {
        if (across > SWIPE_BEGINS) swipe.current = null;
        if (Math.abs(by) < SWIPE_BEGINS || Math.abs(by) < 2 * across) return;
        now.on.style.transition = "none";
        setSwiping(true);
      } else if (Math.abs(by) >= SWIPE_FAR && Math.abs(now.by) < SWIPE_FAR) tick();
      now.by = by;
      now.on.style.translate = `${Math.max(-SWIPE_FURTHEST, Math.min(by, SWIPE_FURTHEST))}px`;
    },
    onPointerUp() {
      const by = end();
      if (by !== null && Math.abs(by) >= SWIPE_FAR) onSwipe();
    },
    onPointerCancel() {
      end();
    },
  };
  return { swiping, handlers };
}
