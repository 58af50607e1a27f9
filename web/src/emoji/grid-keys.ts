import type { KeyboardEvent } from "react";

export const COLUMNS = 8;

/**
 * Moves the focus between the emoji, by arrows, Home and End, and from the field above them into the
 * first grid and back.
 */
export function moveInGrids(event: KeyboardEvent<HTMLElement>): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.currentTarget.querySelector("input");
  const grids = [...event.currentTarget.querySelectorAll("[data-grid]")].map((grid) => [
    ...grid.querySelectorAll("button"),
  ]);
  const now = document.activeElement;
  if (now === field) {
    if (event.key === "ArrowDown") focusOn(event, grids[0]?.[0]);
    return;
  }
  const row = grids.findIndex((grid) => grid.includes(now as HTMLButtonElement));
  const at = grids[row]?.indexOf(now as HTMLButtonElement) ?? -1;
  if (at < 0) return;
  const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
  const sizes = grids.map((grid) => grid.length);
  const next = nextInGrids(sizes, row, at, rtl ? (MIRRORED[event.key] ?? event.key) : event.key);
  if (next) focusOn(event, grids[next[0]]?.[next[1]]);
  else if (event.key === "ArrowUp") focusOn(event, field);
}

const MIRRORED: Readonly<Record<string, string>> = {
  ArrowLeft: "ArrowRight",
  ArrowRight: "ArrowLeft",
};

function focusOn(event: KeyboardEvent, element: HTMLElement | null | undefined): void {
  event.preventDefault();
  element?.focus();
}

type GridPlace = readonly [grid: number, at: number];

/** Where a key leads, in grids of these sizes; null if it leads out of them. */
export function nextInGrids(
  sizes: readonly number[],
  grid: number,
  at: number,
  key: string,
): GridPlace | null {
  const size = sizes[grid] ?? 0;
  const column = at % COLUMNS;
  const rowOf = (index: number) => Math.floor(index / COLUMNS);
  const after = sizes[grid + 1];
  const before = sizes[grid - 1];
  switch (key) {
    case "ArrowRight":
      return at + 1 < size ? [grid, at + 1] : after ? [grid + 1, 0] : null;
    case "ArrowLeft":
      return at > 0 ? [grid, at - 1] : before ? [grid - 1, before - 1] : null;
    case "ArrowDown":
      if (rowOf(at) < rowOf(size - 1)) return [grid, Math.min(at + COLUMNS, size - 1)];
      return after ? [grid + 1, Math.min(column, after - 1)] : null;
    case "ArrowUp":
      if (at >= COLUMNS) return [grid, at - COLUMNS];
      return before ? [grid - 1, Math.min(rowOf(before - 1) * COLUMNS + column, before - 1)] : null;
    case "Home":
      return [grid, 0];
    case "End":
      return [grid, size - 1];
    default:
      return null;
  }
}
