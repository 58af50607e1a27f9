import { expect, test } from "vitest";
import { cropSide, firstCrop, MOST_ZOOM, movedCrop, zoomedCrop } from "./crop.ts";

const WIDE = { width: 400, height: 200 };

test("The first crop is the largest square in the middle", () => {
  const crop = firstCrop(WIDE);
  expect(crop).toEqual({ x: 200, y: 100, zoom: 1 });
  expect(cropSide(WIDE, crop)).toBe(200);
});

test("The crop never leaves the picture", () => {
  const left = movedCrop(WIDE, firstCrop(WIDE), -3, -3);
  expect(left).toEqual({ x: 100, y: 100, zoom: 1 });
  const corner = movedCrop(WIDE, zoomedCrop(WIDE, left, 2), -3, -3);
  expect(corner).toEqual({ x: 50, y: 50, zoom: 2 });
  expect(zoomedCrop(WIDE, corner, 1)).toEqual(left);
});

test("A zoom keeps what is at its spot, and has its bounds", () => {
  const crop = zoomedCrop(WIDE, firstCrop(WIDE), 2, [0.75, 0.5]);
  // A quarter from the right edge of a square of 200, then of one of 100.
  expect(200 - 100 + 0.75 * 200).toBe(crop.x - 50 + 0.75 * 100);
  expect(zoomedCrop(WIDE, crop, 0.1).zoom).toBe(1);
  expect(zoomedCrop(WIDE, crop, 99).zoom).toBe(MOST_ZOOM);
});
