import { expect, test } from "vitest";
import { CELL, filmShape, isSmallerThan, pictureShape } from "./shape.ts";

test.each([
  [1920, 1080, 340, 16 / 9],
  [1080, 1920, 191, 9 / 16],
  [340, 340, 340, 1],
  [200, 150, 200, 4 / 3],
])("a picture of %i by %i keeps its shape", (width, height, inlineSize, aspectRatio) => {
  const shape = pictureShape(width, height);
  expect(Math.round(shape.inlineSize)).toBe(inlineSize);
  expect(shape.aspectRatio).toBeCloseTo(aspectRatio);
  expect(isSmallerThan(shape, width, height)).toBe(false);
});

test.each([
  [16, 16],
  [80, 40],
  [1000, 40],
  [40, 1000],
])("a picture of %i by %i would have to be enlarged to fill its space", (width, height) => {
  expect(isSmallerThan(pictureShape(width, height), width, height)).toBe(true);
  expect(isSmallerThan(CELL, width, height)).toBe(true);
});

test.each([
  [1920, 1080, 340, 191],
  [1080, 1920, 236, 420],
  [400, 400, 340, 340],
  [2400, 400, 340, 57],
])("a film of %i by %i has all of its shape", (width, height, inlineSize, blockSize) => {
  const shape = filmShape(width, height);
  expect(shape.inlineSize).toBe(inlineSize);
  expect(Math.round(shape.inlineSize / shape.aspectRatio)).toBe(blockSize);
});
