/** The longest side of a single picture, in pixels. */
const LONGEST_SIDE = 340;
/** The shorter side of what can be pressed, and has the time of the message on it. */
const SHORTEST_SIDE = 96;
/** A film that is higher than wide needs space for its controls. */
const MOST_UPRIGHT = 420;

interface Shape {
  readonly inlineSize: number;
  readonly aspectRatio: number;
}

/** The space of one of several pictures, at its largest. */
export const CELL: Shape = { inlineSize: 168, aspectRatio: 1 };

/** The space of a picture: with its proportions, unless they are extreme, and not larger than it. */
export function pictureShape(width: number, height: number): Shape {
  const ratio = Math.min(Math.max(width / height, 0.5), 2.5);
  const scale = Math.min(LONGEST_SIDE / Math.max(width, height * ratio, 1), 1);
  const least = Math.max(Math.round(width * scale), SHORTEST_SIDE);
  return {
    inlineSize: Math.min(least, ratio < 1 ? LONGEST_SIDE * ratio : LONGEST_SIDE),
    aspectRatio: ratio,
  };
}

/** Whether a picture would have to be enlarged to fill a space. */
export function isSmallerThan({ inlineSize, aspectRatio }: Shape, width: number, height: number) {
  return width < Math.floor(inlineSize) || height < Math.floor(inlineSize / aspectRatio);
}

/** The space of a film, with all of its proportions. */
export function filmShape(width: number | null, height: number | null): Shape {
  const aspectRatio = width && height ? width / height : 16 / 9;
  return {
    inlineSize: Math.round(Math.min(LONGEST_SIDE, MOST_UPRIGHT * aspectRatio)),
    aspectRatio,
  };
}
