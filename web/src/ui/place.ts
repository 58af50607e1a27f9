/** Where the pointer was. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** What the pointer was on. It stays visible if there is room beside it. */
  readonly around?: Element;
  /** Whether a finger is still down. */
  readonly held?: () => boolean;
}

/** Where a popover is attached: to an element, or where the pointer was. */
export type Anchor = Element | Point;
export type Side = "top" | "bottom";
export type Align = "start" | "end";

const POPOVER_GAP = 6;
const EDGE = 8;

/** A panel is at least this high, even if it covers its anchor then. */
const LEAST_PANEL = 160;

/**
 * Places the panel beside the anchor, on the other side if there is no room, and never off screen or
 * below a phone's keyboard. If it is higher than the room on either side, it becomes lower, so that
 * it does not cover what it is about.
 */
export function place(panel: HTMLElement, anchor: Anchor, side: Side, align: Align): void {
  const screen = shown();
  panel.style.maxHeight = "";
  const natural = panel.getBoundingClientRect();
  const at = box(anchor, natural.height, screen);
  const above = at.top - POPOVER_GAP - EDGE - screen.top;
  const below = screen.bottom - EDGE - at.bottom - POPOVER_GAP;
  const most = Math.max(above, below, LEAST_PANEL);
  if (natural.height > most) panel.style.maxHeight = `${most}px`;
  const { width, height } = panel.getBoundingClientRect();
  const fits = height <= (side === "top" ? above : below);
  const up = fits ? side === "top" : above > below;
  const rtl = getComputedStyle(panel).direction === "rtl";
  const left = (align === "start") !== rtl ? at.left : at.right - width;
  const top = up ? at.top - POPOVER_GAP - height : at.bottom + POPOVER_GAP;
  panel.style.left = `${clamp(left, EDGE, innerWidth - width - EDGE)}px`;
  panel.style.top = `${clamp(top, screen.top + EDGE, screen.bottom - height - EDGE)}px`;
}

interface Band {
  readonly top: number;
  readonly bottom: number;
}

/** The part of the page that no keyboard covers. */
function shown(): Band {
  const top = visualViewport?.offsetTop ?? 0;
  return { top, bottom: top + (visualViewport?.height ?? innerHeight) };
}

function clamp(wanted: number, least: number, most: number): number {
  return Math.max(least, Math.min(wanted, most));
}

function box(anchor: Anchor, height: number, screen: Band) {
  if (anchor instanceof Element) return anchor.getBoundingClientRect();
  const { x, y, around } = anchor;
  const { top, bottom } = around?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
  const room = Math.max(top - screen.top, screen.bottom - bottom);
  const beside = room >= height + POPOVER_GAP + EDGE;
  return {
    left: x,
    right: x,
    top: beside ? top : y - POPOVER_GAP,
    bottom: beside ? bottom : y - POPOVER_GAP,
  };
}
