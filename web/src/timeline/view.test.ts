import { expect, test } from "vitest";
import { axisOf, bounded, closeUp, pinched, scaled, swipeOf, WHOLE } from "./view.ts";

const STAGE = { width: 400, height: 800 };
const SHOWN = { width: 400, height: 300 };

test("two fingers that part enlarge what is between them, which stays there", () => {
  const from = [
    { x: -50, y: 100 },
    { x: 50, y: 100 },
  ];
  const to = [
    { x: -100, y: 120 },
    { x: 100, y: 120 },
  ];
  const view = pinched(WHOLE, from, to);
  expect(view.scale).toBe(2);
  // The point that was between the fingers: its place in the picture, and where it is now.
  expect(view.x + 0 * view.scale).toBe(0);
  expect(view.y + 100 * view.scale).toBe(120);
});

test("a picture is never smaller than whole, and not enlarged without end", () => {
  expect(scaled(WHOLE, 0.1, { x: 10, y: 10 })).toEqual(WHOLE);
  expect(scaled(WHOLE, 1000, { x: 0, y: 0 }).scale).toBe(8);
});

test("the edges of a picture stay at those of the stage", () => {
  expect(bounded({ x: 500, y: 500, scale: 2 }, SHOWN, STAGE)).toEqual({ x: 200, y: 0, scale: 2 });
  expect(bounded({ x: -900, y: -900, scale: 4 }, SHOWN, STAGE)).toEqual({
    x: -600,
    y: -200,
    scale: 4,
  });
});

test("a press shows a large picture in its own size, and a small one somewhat larger", () => {
  expect(closeUp({ width: 1200, height: 900 }, SHOWN)).toBe(3);
  expect(closeUp({ width: 40_000, height: 30_000 }, SHOWN)).toBe(8);
  expect(closeUp({ width: 400, height: 300 }, SHOWN)).toBe(2);
  expect(closeUp({ width: 0, height: 0 }, { width: 0, height: 0 })).toBe(2);
});

test.each([
  [{ x: -100, y: 10 }, false, "next"],
  [{ x: 100, y: 10 }, false, "previous"],
  [{ x: -100, y: 10 }, true, "previous"],
  [{ x: 100, y: 10 }, true, "next"],
  [{ x: -40, y: 0 }, false, null],
  [{ x: 10, y: 150 }, false, "close"],
  [{ x: 10, y: 60 }, false, null],
  [{ x: 10, y: -300 }, false, null],
  [{ x: 1, y: 1 }, false, null],
])("a finger that goes %o (right to left: %s) means %s", (moved, rtl, meant) => {
  expect(swipeOf(moved, rtl)).toBe(meant);
});

test("a finger that trembles has no direction", () => {
  expect(axisOf({ x: 3, y: -3 })).toBeNull();
});
