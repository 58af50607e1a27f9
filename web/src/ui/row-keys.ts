import type { KeyboardEvent } from "react";

/**
 * The up and down arrows move between the rows inside the element, from a field of it into the
 * list, and back.
 */
export function moveAmongRows(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.defaultPrevented) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
  const field = event.currentTarget.querySelector("input");
  const focused = document.activeElement as HTMLElement;
  const now = rows.indexOf(focused);
  if (rows.length === 0 || (now < 0 && !(focused === field && step > 0))) return;
  event.preventDefault();
  if (now + step < 0) field?.focus();
  else rows[Math.min(now + step, rows.length - 1)]?.focus();
}
