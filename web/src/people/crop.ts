/** The square that is cut out of a picture, and how it is moved and sized. */

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** `x` and `y` are the middle of the square, in pixels of the picture. A zoom of 1 is the largest. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export const MOST_ZOOM = 5;
/** Where in the square something is, in parts of its side. */
type Spot = readonly [x: number, y: number];
const MIDDLE: Spot = [0.5, 0.5];

export const firstCrop = ({ width, height }: PictureSize): Crop => ({
  x: width / 2,
  y: height / 2,
  zoom: 1,
});

/** The side of the square, in pixels of the picture. */
export const cropSide = ({ width, height }: PictureSize, { zoom }: Pick<Crop, "zoom">): number =>
  Math.min(width, height) / zoom;

/** Moves the square by parts of its side. It stays within the picture. */
export function movedCrop(size: PictureSize, crop: Crop, right: number, down: number): Crop {
  const side = cropSide(size, crop);
  const within = (at: number, length: number) =>
    Math.min(Math.max(at, side / 2), length - side / 2);
  return {
    x: within(crop.x + right * side, size.width),
    y: within(crop.y + down * side, size.height),
    zoom: crop.zoom,
  };
}

/** What was at the spot stays there, unless the square would leave the picture. */
export function zoomedCrop(size: PictureSize, crop: Crop, to: number, [x, y] = MIDDLE): Crop {
  const zoom = Math.min(Math.max(to, 1), MOST_ZOOM);
  const change = cropSide(size, crop) - cropSide(size, { zoom });
  const moved = { x: crop.x + change * (x - 0.5), y: crop.y + change * (y - 0.5), zoom };
  return movedCrop(size, moved, 0, 0);
}
