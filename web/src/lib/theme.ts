import { cell } from "./value.ts";

export type Theme = "system" | "light" | "dark";

const THEME_KEY = "theme";
const given = document.documentElement.dataset.theme;

/** The theme of this browser. A script in the page's head has applied it before the first paint. */
export const theme = cell<Theme>(given === "light" || given === "dark" ? given : "system");

colourFrame();

export function setTheme(next: Theme): void {
  theme.set(next);
  if (next === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(THEME_KEY);
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem(THEME_KEY, next);
  }
  colourFrame();
}

/** Colours the browser's frame on phones like the page. */
function colourFrame(): void {
  const chosen = theme.get() === "dark" ? "#121419" : theme.get() === "light" ? "#f4f5f8" : null;
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
    const system = meta.media.includes("dark") ? "#121419" : "#f4f5f8";
    meta.content = chosen ?? system;
  }
}
