import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ago, agoChange, brief, day } from "../text/format.ts";
import { type NextChange, nextMidnight, watchClock } from "./clock.ts";

const MINUTE = 60_000;
const stops: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 22, 23, 58, 30) });
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.useRealTimers();
});

/** How often it was told so far. */
function told(next: NextChange): () => number {
  const tell = vi.fn();
  stops.push(watchClock(next, tell));
  return () => tell.mock.calls.length;
}

test("it tells at midnight, and again at the next one", () => {
  const count = told(nextMidnight);
  vi.advanceTimersByTime(1.4 * MINUTE);
  expect(count()).toBe(0);
  vi.advanceTimersByTime(0.2 * MINUTE);
  expect(count()).toBe(1);
  vi.advanceTimersByTime(24 * 60 * MINUTE);
  expect(count()).toBe(2);
});

test("it tells each at its own moment, once", () => {
  const at = Date.now() + 1_234;
  const [soon, late] = [told(() => at), told(() => at + 5 * MINUTE)];
  vi.advanceTimersByTime(1_233);
  expect(soon()).toBe(0);
  vi.advanceTimersByTime(1);
  expect([soon(), late()]).toEqual([1, 0]);
  vi.advanceTimersByTime(24 * 60 * MINUTE);
  expect([soon(), late()]).toEqual([1, 1]);
});

test("after a sleep, during which no timer runs, it tells within a minute", () => {
  const count = told(nextMidnight);
  const awake = Date.now();
  vi.setSystemTime(awake + 8 * 60 * MINUTE);
  vi.advanceTimersByTime(MINUTE);
  expect(count()).toBe(1);
});

test("it tells everybody after the clock was set back", () => {
  const count = told(nextMidnight);
  vi.advanceTimersByTime(2 * MINUTE);
  expect(count()).toBe(1);
  vi.setSystemTime(Date.now() - 60 * MINUTE);
  vi.advanceTimersByTime(2 * MINUTE);
  expect(count()).toBe(2);
});

test("a moment that is over is not waited for", () => {
  const count = told(() => Date.now() - 1);
  vi.advanceTimersByTime(10 * MINUTE);
  expect(count()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("the words for a day and a time change at midnight", () => {
  const sent = new Date(2026, 10, 22, 12, 0).toISOString();
  const before = new Date();
  const after = new Date(nextMidnight(Date.now()));
  expect([day(sent, before), day(sent, after)]).toEqual(["Today", "Yesterday"]);
  expect(brief(sent, before)).not.toBe(brief(sent, after));
});

test("the words of how long ago change at the moments that are told, and at no other", () => {
  const iso = new Date(2026, 5, 1).toISOString();
  const start = Date.parse(iso);
  const words = new Set<string>();
  for (let now = start - 2 * 3_600_000; now < start + 400 * 86_400_000; ) {
    const next = agoChange(iso)(now);
    expect(next).toBeGreaterThan(now);
    expect(ago(iso, next - 2_000)).toBe(ago(iso, now));
    words.add(ago(iso, now));
    now = next;
  }
  expect(words.size).toBeGreaterThan(120);
});
