import { cell } from "./value.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "theme";
const given = document.documentElement.dataset.theme;

/** What this browser shall look like; the script in the page's head has set it before the first
 * paint. */
export const theme = cell<Theme>(given === "light" || given === "dark" ? given : "system");

export function setTheme(next: Theme): void {
  theme.set(next);
  if (next === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
  }
}
