import { useCallback, useEffect, useRef } from "react";
import type { RoomHandle } from "realtime-chat-sdk";

/** Read marks are sent at most this often, in milliseconds. */
const READ_EVERY = 300;

/** Marks messages as read that were in sight while the page was visible and focused. */
export function useReading(handle: RoomHandle): (seq: number) => void {
  const seen = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const plan = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      if (seen.current && watched()) handle.markRead(seen.current);
    }, READ_EVERY);
  }, [handle]);
  useEffect(() => {
    addEventListener("focus", plan);
    document.addEventListener("visibilitychange", plan);
    return () => {
      removeEventListener("focus", plan);
      document.removeEventListener("visibilitychange", plan);
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [plan]);
  return useCallback(
    (seq) => {
      seen.current = Math.max(seen.current, seq);
      plan();
    },
    [plan],
  );
}

export function watched(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
