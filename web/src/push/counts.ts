/** The number of unread messages outside of the page: on the app's icon, and on the tab's. */

import { chat } from "../chat.ts";

const ICON = "/icon.svg";
/** More digits would not be readable in a tab. */
const MOST_SHOWN = 99;

let icon: Promise<string> | undefined;

chat.unread.subscribe(showCounts);
showCounts();

function showCounts(): void {
  const { total } = chat.unread.get();
  const shown = total > 0 ? navigator.setAppBadge?.(total) : navigator.clearAppBadge?.();
  // Browsers refuse it where the app cannot be installed.
  void shown?.catch(() => {});
  void showInTab(total).catch(() => {});
}

async function showInTab(total: number): Promise<void> {
  const href = total > 0 ? withCount(await loadIcon(), total) : ICON;
  // The number may have changed while the icon was being loaded.
  if (total !== chat.unread.get().total) return;
  document.querySelector("link[rel=icon]")?.setAttribute("href", href);
}

function loadIcon(): Promise<string> {
  icon ??= fetch(ICON).then((answer) => answer.text());
  icon.catch(() => {
    icon = undefined;
  });
  return icon;
}

function withCount(svg: string, total: number): string {
  const count = Math.min(total, MOST_SHOWN);
  const wide = count > 9 ? 34 : 28;
  const mark =
    `<rect x="${48 - wide}" y="20" width="${wide}" height="28" rx="14" fill="#d92d3a"/>` +
    `<text x="${48 - wide / 2}" y="42" text-anchor="middle" fill="#fff" font-size="22" ` +
    `font-weight="700" font-family="system-ui, sans-serif">${count}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg.replace("</svg>", mark))}`;
}
