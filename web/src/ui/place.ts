/** Where a popover is attached: to an element, or where the pointer was. */
export type Anchor = Element | { readonly x: number; readonly y: number };
export type Side = "top" | "bottom";
export type Align = "start" | "end";

const POPOVER_GAP = 6;
const EDGE = 8;

/**
 * Places the panel beside the anchor, on the other side if there is no room, and never off screen.
 */
export function place(panel: HTMLElement, anchor: Anchor, side: Side, align: Align): void {
  const at = box(anchor);
  const { width, height } = panel.getBoundingClientRect();
  const above = at.top - POPOVER_GAP - height;
  const below = at.bottom + POPOVER_GAP;
  const fits = side === "top" ? above >= EDGE : below + height <= innerHeight - EDGE;
  const up = fits === (side === "top");
  const rtl = getComputedStyle(panel).direction === "rtl";
  const left = (align === "start") !== rtl ? at.left : at.right - width;
  panel.style.left = `${clamp(left, innerWidth - width - EDGE)}px`;
  panel.style.top = `${clamp(up ? above : below, innerHeight - height - EDGE)}px`;
}

function clamp(wanted: number, most: number): number {
  return Math.max(EDGE, Math.min(wanted, most));
}

function box(anchor: Anchor): { left: number; right: number; top: number; bottom: number } {
  if (anchor instanceof Element) return anchor.getBoundingClientRect();
  return {
    left: anchor.x,
    right: anchor.x,
    top: anchor.y - POPOVER_GAP,
    bottom: anchor.y - POPOVER_GAP,
  };
}
