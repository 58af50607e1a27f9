import { expect, test } from "vitest";
import { Backoff } from "../src/backoff.ts";

const waits = (backoff: Backoff, times: number) =>
  Array.from({ length: times }, () => backoff.next(null));

test("waits double up to a maximum, each between half and all of it", () => {
  const backoff = new Backoff(8_000);
  const most = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
  for (const [turn, wait] of waits(backoff, most.length).entries()) {
    expect(wait).toBeLessThanOrEqual(most[turn] ?? 0);
    expect(wait).toBeGreaterThanOrEqual((most[turn] ?? 0) / 2);
  }
  backoff.reset();
  expect(backoff.next(null)).toBeLessThanOrEqual(500);
});

test("clients that fail together do not return together", () => {
  const first = Array.from({ length: 100 }, () => new Backoff(8_000).next(null));
  const buckets = new Set(first.map((wait) => Math.floor(wait / 50)));
  expect(buckets.size).toBeGreaterThanOrEqual(4);
});

test("no client returns before the time that the server has asked for", () => {
  expect(new Backoff(1_000).next(30)).toBeGreaterThan(30_000);
});
