import { type PointerEvent, useRef } from "react";

const LONG = 450;
/** Fingers tremble; who moves farther scrolls. */
const STILL = 10;

/** For fingers: what a right click is for a mouse. */
export function useLongPress(onPress: (at: { x: number; y: number }) => void) {
  const press = useRef<{ x: number; y: number; timer: ReturnType<typeof setTimeout> }>(null);
  function stop() {
    clearTimeout(press.current?.timer);
    press.current = null;
  }
  return {
    onPointerDown(event: PointerEvent) {
      if (event.pointerType !== "touch" || !event.isPrimary) return stop();
      const at = { x: event.clientX, y: event.clientY };
      const timer = setTimeout(() => {
        navigator.vibrate?.(10);
        onPress(at);
      }, LONG);
      press.current = { ...at, timer };
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      const { x = clientX, y = clientY } = press.current ?? {};
      if (Math.hypot(clientX - x, clientY - y) > STILL) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
  };
}
