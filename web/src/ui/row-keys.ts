import type { KeyboardEvent } from "react";

/**
 * The up and down arrows, Home and End move between the rows inside the element; the arrows also
 * lead from a field of it into the list, and back.
 */
export function moveAmongRows(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
  const now = rows.indexOf(document.activeElement as HTMLElement);
  const last = rows.length - 1;
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: last }[event.key];
  if (to === undefined || event.defaultPrevented || last < 0) return;
  const field = event.currentTarget.querySelector("input");
  const isField = document.activeElement === field && field !== null;
  if (now < 0 && !(isField && event.key === "ArrowDown")) return;
  event.preventDefault();
  if (to < 0) field?.focus();
  else rows[Math.min(to, last)]?.focus();
}
