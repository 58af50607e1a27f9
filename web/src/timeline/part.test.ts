import type { Message } from "realtime-chat-sdk";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cell } from "../lib/value.ts";
import { type DrawnPart, drawnOf, nextPart, partAround } from "./part.ts";

/** Messages with these numbers, without a gap. */
const messages = (from: number, to: number): readonly Message[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ seq: from + at }) as Message);

const HELD = messages(101, 600);

beforeEach(() => vi.stubGlobal("innerHeight", 800));
afterEach(() => vi.unstubAllGlobals());

/** The first and the last number that are drawn. */
const range = (part: DrawnPart, held = HELD) => {
  const drawn = drawnOf(part, held);
  return [drawn[0]?.seq, drawn.at(-1)?.seq];
};

test("all messages are drawn when all are asked for", () => {
  expect(drawnOf("all", HELD)).toBe(HELD);
});

test("at the end so many are drawn that they fill any viewport", () => {
  expect(range("end")).toEqual([561, 600]);
  vi.stubGlobal("innerHeight", 2_400);
  expect(range("end")).toEqual([501, 600]);
  expect(range("end", messages(1, 3))).toEqual([1, 3]);
});

test("a range is drawn as far as it is in memory", () => {
  expect(range({ from: 200, to: 300 })).toEqual([200, 300]);
  expect(range({ from: 50, to: 150 })).toEqual([101, 150]);
  expect(range({ from: 550, to: 700 })).toEqual([550, 600]);
});

test("a range of which nothing is in memory any more becomes the end", () => {
  expect(range({ from: 1, to: 50 })).toEqual([561, 600]);
  expect(range({ from: 700, to: 800 })).toEqual([561, 600]);
  expect(drawnOf({ from: 1, to: 50 }, [])).toEqual([]);
});

test("a message that is jumped to is drawn with those around it", () => {
  expect(range(partAround(300))).toEqual([240, 360]);
});

interface Reader {
  readonly atEnd?: boolean;
  readonly above?: number;
  readonly below?: number;
  readonly first?: number;
  readonly last?: number;
}

/** What is drawn next for a reader who sees the rows `first` to `last`. */
function next(now: DrawnPart, { atEnd = false, above = 9, below = 9, first, last }: Reader) {
  const row = (seq: number | undefined) =>
    seq === undefined ? undefined : ({ dataset: { seq: String(seq) } } as unknown as HTMLElement);
  const keeper = {
    atEnd: cell(atEnd),
    heightsAbove: above,
    heightsBelow: below,
    firstRowInSight: () => row(first),
    lastRowInSight: () => row(last),
  };
  return nextPart(now, keeper, drawnOf(now, HELD), HELD);
}

const HERE: DrawnPart = { from: 240, to: 360 };

test("at the end the end is drawn, wherever one was before", () => {
  expect(next(HERE, { atEnd: true, first: 590, last: 600 })).toBe("end");
});

test("leaving the end fixes the range around what is in sight", () => {
  expect(next("end", { first: 580, last: 590 })).toEqual({ from: 520, to: 600 });
});

test("in the middle of a range nothing is drawn anew", () => {
  expect(next(HERE, { first: 295, last: 305 })).toBe(HERE);
});

test("near one of its edges the range moves to what is in sight", () => {
  expect(next(HERE, { above: 1.9, first: 245, last: 255 })).toEqual({ from: 185, to: 315 });
  expect(next(HERE, { below: 1.9, first: 345, last: 355 })).toEqual({ from: 285, to: 415 });
});

test("near the edge of what is in memory there is nothing to draw", () => {
  const oldest: DrawnPart = { from: 90, to: 200 };
  expect(next(oldest, { above: 0.5, first: 102, last: 110 })).toBe(oldest);
  const newest: DrawnPart = { from: 500, to: 600 };
  expect(next(newest, { below: 0.5, first: 590, last: 599 })).toBe(newest);
});

test("a range that would stay the same stays the same object", () => {
  const here: DrawnPart = { from: 240, to: 370 };
  expect(next(here, { above: 1, first: 300, last: 310 })).toBe(here);
});

test("where no row is in sight, the end of what is in memory counts", () => {
  expect(next("all", {})).toEqual({ from: 540, to: 600 });
});
