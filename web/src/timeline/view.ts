/** How a picture lies on its stage: moved by pixels from the middle, and enlarged. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const WHOLE: View = { x: 0, y: 0, scale: 1 };
/** Enlarging further than this shows nothing more. */
const MOST_ENLARGED = 8;
/** A picture that is shown in its own size is enlarged by this, if somebody asks for it. */
const CLOSER = 2;
/** How far a finger has to go to change the picture, and to close it (pixels). */
const ASIDE = 60;
const DOWN = 100;
/** Fingers tremble by up to this many pixels. */
export const TREMBLING = 8;

export type Swipe = "next" | "previous" | "close" | null;

/** The scale at which a pixel of the picture is one of the screen. */
export function closeUp(natural: Size, shown: Size): number {
  const own = natural.width / Math.max(shown.width, 1);
  return own > 1.2 ? Math.min(own, MOST_ENLARGED) : CLOSER;
}

/** The view at another scale, with the same point of the picture at `at` (from the middle). */
export function scaled(view: View, scale: number, at: Place): View {
  const next = Math.min(Math.max(scale, 1), MOST_ENLARGED);
  const grown = next / view.scale;
  return { scale: next, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown };
}

/** The view with its edges not further in than those of the stage, and in the middle if it fits. */
export function bounded({ x, y, scale }: View, shown: Size, stage: Size): View {
  const most = (side: "width" | "height") => Math.max((shown[side] * scale - stage[side]) / 2, 0);
  const within = (value: number, limit: number) => Math.min(Math.max(value, -limit), limit);
  return { scale, x: within(x, most("width")), y: within(y, most("height")) };
}

/** The view after two fingers went from one pair of places to another. */
export function pinched(view: View, from: readonly Place[], to: readonly Place[]): View {
  const [before, after] = [middle(from), middle(to)];
  const grown = distance(to) / Math.max(distance(from), 1);
  const next = scaled(view, view.scale * grown, before);
  return { ...next, x: next.x + after.x - before.x, y: next.y + after.y - before.y };
}

/** The direction that a finger took, once it is known; upwards is none. */
export function axisOf({ x, y }: Place): "aside" | "down" | null {
  if (Math.hypot(x, y) < TREMBLING) return null;
  if (Math.abs(x) > Math.abs(y)) return "aside";
  return y > 0 ? "down" : null;
}

/** What a finger meant that went this far over a whole picture. */
export function swipeOf(moved: Place, rtl: boolean): Swipe {
  const axis = axisOf(moved);
  if (axis === "down") return moved.y > DOWN ? "close" : null;
  if (axis !== "aside" || Math.abs(moved.x) < ASIDE) return null;
  return moved.x < 0 === rtl ? "previous" : "next";
}

const middle = (places: readonly Place[]): Place => ({
  x: sum(places.map(({ x }) => x)) / places.length,
  y: sum(places.map(({ y }) => y)) / places.length,
});

function distance([one, two]: readonly Place[]): number {
  return one && two ? Math.hypot(one.x - two.x, one.y - two.y) : 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
