import { useCallback, useSyncExternalStore } from "react";

/** When something shown changes after `now`, both in milliseconds since 1970; Infinity for never. */
export type NextChange = (now: number) => number;

/** The longest wait without a look at the clock, because timers stand still while a machine sleeps. */
const LONGEST_LOOK = 60_000;

interface Watcher {
  readonly next: NextChange;
  readonly tell: () => void;
  due: number;
}

const watchers = new Set<Watcher>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** When the timer ends. */
let planned = Number.POSITIVE_INFINITY;
let last = 0;

/** Calls `tell` whenever the time of a change has come. Returns a function that stops it. */
export function watchClock(next: NextChange, tell: () => void): () => void {
  const now = Date.now();
  if (watchers.size === 0) last = now;
  const watcher: Watcher = { next, tell, due: dueAfter(next, now) };
  watchers.add(watcher);
  if (watcher.due < planned) plan();
  return () => void watchers.delete(watcher);
}

/** What `read` says of the time now. Renders again when that changes, at the latest at `next`. */
export function useClock<T extends string | boolean>(
  read: (now: number) => T,
  next: NextChange = nextMidnight,
): T {
  const subscribe = useCallback((tell: () => void) => watchClock(next, tell), [next]);
  return useSyncExternalStore(subscribe, () => read(Date.now()));
}

export function nextMidnight(now: number): number {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1).getTime();
}

/** A moment that is over changes nothing any more. */
function dueAfter(next: NextChange, now: number): number {
  const due = next(now);
  return due > now ? due : Number.POSITIVE_INFINITY;
}

/** Tells those whose time has come. If the clock was set back, that is everybody. */
function look(): void {
  const now = Date.now();
  const due = [...watchers].filter((each) => each.due <= now || now < last);
  last = now;
  for (const each of due) each.due = dueAfter(each.next, now);
  plan();
  for (const each of due) each.tell();
}

function plan(): void {
  clearTimeout(timer);
  planned = Number.POSITIVE_INFINITY;
  for (const { due } of watchers) planned = Math.min(planned, due);
  timer = undefined;
  if (planned === Number.POSITIVE_INFINITY) return;
  timer = setTimeout(look, Math.min(Math.max(planned - Date.now(), 0), LONGEST_LOOK));
}

// The page may come back after hours.
for (const event of ["focus", "pageshow", "online"]) globalThis.addEventListener?.(event, look);
for (const event of ["visibilitychange", "resume"]) {
  globalThis.document?.addEventListener(event, look);
}
