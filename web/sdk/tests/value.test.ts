import { expect, test } from "vitest";
import { Cell, Derived } from "../src/value.ts";

const ROUND = 50;
const pause = () => new Promise((resolve) => setTimeout(resolve, ROUND));

test("many changes at once are reported once, and never after unsubscribing", async () => {
  const cell = new Cell(0);
  const seen: number[] = [];
  const stop = cell.subscribe(() => seen.push(cell.get()));
  for (let value = 1; value <= 100; value++) cell.set(value);
  expect([cell.get(), seen]).toEqual([100, []]);
  await pause();
  expect(seen).toEqual([100]);
  cell.set(100);
  await pause();
  cell.set(101);
  stop();
  await pause();
  expect(seen).toEqual([100]);
});

test("a snapshot is the same object until something in it changes", () => {
  let parts = ["a", "b"];
  const value = new Derived(() => [...parts]);
  const before = value.get();
  value.touch();
  expect(value.get()).toBe(before);
  parts = ["a", "c"];
  expect(value.get()).toBe(before);
  value.touch();
  expect(value.get()).toEqual(["a", "c"]);
});

test("a value knows whether somebody looks", () => {
  const looks: boolean[] = [];
  const cell = new Cell(0, (watched) => looks.push(watched));
  const stops = [cell.subscribe(() => {}), cell.subscribe(() => {})];
  for (const stop of [...stops, ...stops]) stop();
  expect(looks).toEqual([true, false]);
});
