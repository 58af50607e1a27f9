import { expect, test } from "vitest";
import { nextInGrids } from "./grid-keys.ts";

// Three grids of 10, 3 and 17 emoji, in rows of eight.
const next = (grid: number, at: number, key: string) => nextInGrids([10, 3, 17], grid, at, key);

test.each([
  ["within a row", 0, 1, "ArrowRight", [0, 2]],
  ["to the next grid", 0, 9, "ArrowRight", [1, 0]],
  ["to the grid before", 1, 0, "ArrowLeft", [0, 9]],
  ["to a shorter row below", 0, 5, "ArrowDown", [0, 9]],
  ["into the grid below, in the same column", 0, 9, "ArrowDown", [1, 1]],
  ["to the last of a shorter grid", 2, 6, "ArrowUp", [1, 2]],
  ["to the last row of the grid above", 1, 0, "ArrowUp", [0, 8]],
  ["to the end", 2, 3, "End", [2, 16]],
] as const)("a key leads %s", (_, grid, at, key, to) => {
  expect(next(grid, at, key)).toEqual(to);
});

test("the first row leads out, and other keys do nothing", () => {
  expect(next(0, 3, "ArrowUp")).toBeNull();
  expect(next(2, 16, "ArrowRight")).toBeNull();
  expect(next(1, 1, "a")).toBeNull();
});
