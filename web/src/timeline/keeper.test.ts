import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeLayout } from "./fake-layout.ts";
import { Keeper } from "./keeper.ts";

const HEIGHT = 500;
let layout: FakeLayout;
let keeper: Keeper;
let moves: number;

/** 30 rows of 100 pixels, in a viewport of 500. */
beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    FakeLayout.observer(() => layout),
  );
  layout = new FakeLayout(HEIGHT);
  layout.append(...Array.from({ length: 30 }, () => 100));
  moves = 0;
  keeper = new Keeper(layout.viewport, layout.list, () => moves++);
  keeper.goToEnd();
});
afterEach(() => {
  keeper.stop();
  vi.unstubAllGlobals();
});

/** Where a row is drawn, in pixels below the upper edge of the viewport. */
const place = (seq: number) => layout.row(seq).offsetTop - layout.scrollTop;
const isAtEnd = () => layout.scrollTop === layout.scrollHeight - HEIGHT;

test("a room starts at its end", () => {
  expect([isAtEnd(), keeper.atEnd.get()]).toEqual([true, true]);
});

test("the end is kept while messages arrive, however tall they are", () => {
  for (const height of [20, 100, 900]) {
    layout.append(height);
    expect([isAtEnd(), keeper.atEnd.get()]).toEqual([true, true]);
  }
});

test("the end is kept while a picture loads, the viewport shrinks and the window grows again", () => {
  layout.resize(30, 400);
  expect(isAtEnd()).toBe(true);
  layout.resizeViewport(300);
  expect(layout.scrollTop).toBe(layout.scrollHeight - 300);
  layout.resizeViewport(HEIGHT);
  expect(isAtEnd()).toBe(true);
});

test("a few pixels above the end still count as the end, more do not", () => {
  layout.scrollBy(-16);
  expect(keeper.atEnd.get()).toBe(true);
  layout.scrollBy(-1);
  expect(keeper.atEnd.get()).toBe(false);
});

test("scrolling back leaves the end, and messages that arrive then move nothing", () => {
  layout.scrollBy(-250);
  const before = place(26);
  layout.append(100, 100);
  expect([place(26), keeper.atEnd.get()]).toEqual([before, false]);
});

test("scrolling down to the end returns to following it", () => {
  layout.scrollBy(-800);
  layout.append(100);
  layout.scrollBy(5_000);
  expect(keeper.atEnd.get()).toBe(true);
  layout.append(100);
  expect(isAtEnd()).toBe(true);
});

test("older messages that are added above move nothing", () => {
  layout.scrollTo(1_250);
  const before = place(13);
  layout.prepend(...Array.from({ length: 50 }, () => 80));
  expect(place(13)).toBe(before);
});

test("older messages move nothing at the very top either, where no browser anchors", () => {
  layout.scrollTo(0);
  layout.prepend(100, 100, 100);
  expect([place(1), layout.scrollTop]).toEqual([0, 300]);
});

test("rows above that change their height move nothing", () => {
  layout.scrollTo(1_250);
  const before = place(14);
  layout.resize(3, 260);
  expect(place(14)).toBe(before);
  layout.resize(3, 40);
  expect(place(14)).toBe(before);
});

test("the first row in sight is held by its lower edge: what it gains, it gains above", () => {
  layout.scrollTo(1_250);
  const below = place(14);
  layout.resize(13, 160);
  expect(place(14)).toBe(below);
});

test("a scroll whose event has not arrived yet is not undone", () => {
  layout.scrollTo(1_250);
  layout.scrollSilently(1_500);
  layout.prepend(300);
  expect(layout.scrollTop).toBe(1_800);
});

test("rows that leave above move nothing, though the browser has cut the scroll position off", () => {
  layout.scrollTo(2_000);
  const before = place(21);
  layout.remove(...Array.from({ length: 15 }, (_, at) => at + 1));
  expect([place(21), keeper.atEnd.get()]).toEqual([before, false]);
});

test("when the anchored row itself is gone, nothing jumps", () => {
  layout.scrollTo(1_250);
  layout.remove(13);
  expect(layout.scrollTop).toBe(1_250);
  layout.resize(1, 200);
  expect(keeper.firstRowInSight()).toBe(layout.row(14));
});

test("the end of the list is not the end of the room while newer messages are missing", () => {
  keeper.live = false;
  layout.scrollBy(-10);
  expect(keeper.atEnd.get()).toBe(false);
  const before = place(30);
  layout.append(100);
  expect(place(30)).toBe(before);
  keeper.live = true;
  layout.scrollBy(1_000);
  expect(keeper.atEnd.get()).toBe(true);
});

test("going to the end works from anywhere, and follows it from then on", () => {
  layout.scrollTo(100);
  keeper.goToEnd();
  expect(isAtEnd()).toBe(true);
  layout.append(700);
  expect(isAtEnd()).toBe(true);
});

test("a row that is jumped to has the asked share of the free height above it, and stays there", () => {
  keeper.showRow(layout.row(10), 0.25);
  expect([place(10), keeper.atEnd.get()]).toEqual([100, false]);
  layout.prepend(70, 70);
  layout.append(90);
  expect(place(10)).toBe(100);
});

test("going to the end works in the same frame as a scroll away from it", () => {
  layout.scrollSilently(100);
  keeper.goToEnd();
  expect(isAtEnd()).toBe(true);
});

test("a jump to a message that has just been drawn at the end leaves the end", () => {
  layout.unreported(() => layout.append(...Array.from({ length: 20 }, () => 100)));
  keeper.showRow(layout.row(40), 0);
  expect([place(40), keeper.atEnd.get()]).toEqual([0, false]);
  keeper.keepPlace();
  expect(place(40)).toBe(0);
});

test("a row that is taller than the viewport is shown from its start", () => {
  layout.resize(10, 800);
  keeper.showRow(layout.row(10), 0.5);
  expect(place(10)).toBe(0);
});

test("a jump to the last row is a jump to the end", () => {
  layout.scrollTo(0);
  keeper.showRow(layout.row(30), 0.4);
  expect([isAtEnd(), keeper.atEnd.get()]).toEqual([true, true]);
});

test("it tells which rows are in sight, by their lower edges", () => {
  layout.scrollTo(1_250);
  expect(keeper.firstRowInSight()).toBe(layout.row(13));
  expect(keeper.lastRowInSight()).toBe(layout.row(17));
  layout.scrollTo(1_299);
  expect(keeper.firstRowInSight()).toBe(layout.row(14));
  expect(keeper.lastRowInSight()).toBe(layout.row(18));
});

test("it tells how far both edges are, in heights of the viewport", () => {
  layout.scrollTo(1_000);
  expect([keeper.heightsAbove, keeper.heightsBelow]).toEqual([2, 3]);
});

test("rows are found by their number", () => {
  expect(keeper.findRow(7)).toBe(layout.row(7));
  expect(keeper.findRow(31)).toBeNull();
});

test("an empty room has no rows in sight, and is at its end", () => {
  layout.remove(...Array.from({ length: 30 }, (_, at) => at + 1));
  expect([keeper.firstRowInSight(), keeper.lastRowInSight()]).toEqual([undefined, undefined]);
  expect(keeper.atEnd.get()).toBe(true);
  layout.append(100);
  expect(keeper.lastRowInSight()).toBe(layout.row(1));
});

test("every scroll and every change of a size is told, until it is stopped", () => {
  const before = moves;
  layout.scrollBy(-100);
  layout.append(100);
  expect(moves).toBe(before + 2);
  keeper.stop();
  layout.scrollBy(-100);
  layout.append(100);
  expect(moves).toBe(before + 2);
});
