/** Chromium with its own profile, and what is measured in its pages. */

import { type Browser, chromium, type Page } from "playwright-core";

export const PATH = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const VIEWPORT = { width: 1280, height: 800 };
/** The user who looks: one of those that `python -m server seed` creates. */
const LOGIN = "maya";
const PASSWORD = "correct horse battery staple";
const PATIENCE = 60_000;

export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, args: FLAGS });
}

/** A page in a new profile, with the measurements installed from the start. */
export async function visit(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, viewport: VIEWPORT });
  context.setDefaultTimeout(PATIENCE);
  await context.addInitScript(install);
  return context.newPage();
}

/**
 * Signs in, and resolves when nothing is under way any more and the service worker is installed.
 */
export async function signIn(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email or username").fill(LOGIN);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await settle(page);
}

export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(1_500);
}

declare global {
  interface Window {
    bench: {
      /**
       * Milliseconds from the navigation until an element has been painted in sight, and the page
       * has reached the next task.
       */
      painted: (selector: string) => Promise<number>;
      /** The durations of tasks of at least 50 ms, in milliseconds. */
      long: number[];
    };
  }
}

function install(): void {
  const long: number[] = [];
  const observe = (list: PerformanceObserverEntryList) =>
    long.push(...list.getEntries().map(({ duration }) => duration));
  new PerformanceObserver(observe).observe({ type: "longtask", buffered: true });
  const painted = (selector: string) =>
    new Promise<number>((resolve) => {
      const look = () => {
        const place = document.querySelector(selector)?.getBoundingClientRect();
        if (!place?.height || place.top >= innerHeight) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { childList: true, subtree: true, attributes: true });
      look();
    });
  window.bench = { painted, long };
}
