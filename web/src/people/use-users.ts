import { useCallback, useRef, useSyncExternalStore } from "react";
import type { User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";

/** Several users at once. A user is null while they are not known yet. */
export function useUsers(ids: readonly string[]): readonly (User | null)[] {
  const key = ids.join();
  const last = useRef<readonly (User | null)[]>([]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = split(key).map((id) => chat.user(id).subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [key],
  );
  const get = useCallback(() => {
    const now = split(key).map((id) => chat.user(id).get());
    const same = now.length === last.current.length && now.every((u, at) => u === last.current[at]);
    if (!same) last.current = now;
    return last.current;
  }, [key]);
  return useSyncExternalStore(subscribe, get);
}

const split = (key: string): string[] => (key ? key.split(",") : []);
