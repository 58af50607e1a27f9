import { useCallback, useEffect, useRef, useState } from "react";

interface ListPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

interface PagedList<T> {
  readonly items: readonly T[];
  readonly state: "loading" | "ready" | "failed";
  /** Loads the next page; null when there is none. */
  readonly more: (() => void) | null;
  readonly reload: () => void;
}

/** The state belongs to a list: a list that was not asked for yet is loading. */
interface Held {
  readonly of: unknown;
  readonly state: "loading" | "ready" | "failed";
}

const NOTHING = { items: [], next: null } as const;

/**
 * A paginated list from the server. `fetch` must be the same function for the same list: late
 * answers of another function are dropped.
 */
export function usePages<T>(
  fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<T>>,
): PagedList<T> {
  const [page, setPage] = useState<ListPage<T>>(NOTHING);
  const [held, setHeld] = useState<Held>({ of: null, state: "loading" });
  const state = held.of === fetch ? held.state : "loading";
  const running = useRef<AbortController>(undefined);

  const load = useCallback(
    async (before: ListPage<T>) => {
      running.current?.abort();
      const run = new AbortController();
      running.current = run;
      setHeld({ of: fetch, state: "loading" });
      try {
        const { items, next } = await fetch(before.next ?? undefined, run.signal);
        if (run.signal.aborted) return;
        setPage({ items: [...before.items, ...items], next });
        setHeld({ of: fetch, state: "ready" });
      } catch {
        if (!run.signal.aborted) setHeld({ of: fetch, state: "failed" });
      }
    },
    [fetch],
  );
  const reload = useCallback(() => void load(NOTHING), [load]);
  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [reload]);

  const more = page.next === null ? null : () => void load(page);
  return { items: page.items, state, more, reload };
}

/** The last value that did not change for `ms`. */
export function useSettled<T>(value: T, ms = 200): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(setSettled, ms, value);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
