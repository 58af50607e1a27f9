import { useCallback, useSyncExternalStore } from "react";
import type { Value } from "realtime-chat-sdk";

export type { Value };

export interface Settable<T> extends Value<T> {
  set(next: T): void;
}

/** State that lives outside of components. */
export function cell<T>(first: T): Settable<T> {
  let held = first;
  const listeners = new Set<() => void>();
  return {
    get: () => held,
    set(next) {
      if (Object.is(next, held)) return;
      held = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Renders again when the value changes. */
export function useValue<T>(value: Value<T>): T {
  const subscribe = useCallback((listener: () => void) => value.subscribe(listener), [value]);
  const get = useCallback(() => value.get(), [value]);
  return useSyncExternalStore(subscribe, get);
}
