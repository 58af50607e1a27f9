/** Measures the sign-in screen on a first visit. */

import { launch, visit } from "./browser.ts";
import { type Scripts, scripts } from "./scripts.ts";

const RUNS = 7;
const FIELD = 'input[type="password"]';

interface Start {
  /** Milliseconds from the navigation until the user can type, one number for each run. */
  readonly interactive: readonly number[];
  readonly firstPaint: readonly number[];
  readonly scripts: Scripts;
}

/**
 * Uses a new browser with a new profile each time, without any cached files, code or connections.
 */
export async function start(url: string): Promise<Start> {
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await once(url));
  const [first] = runs;
  if (!first) throw new Error("nothing was measured");
  return {
    interactive: runs.map(({ interactive }) => interactive),
    firstPaint: runs.map(({ firstPaint }) => firstPaint),
    scripts: first.scripts,
  };
}

async function once(url: string) {
  const browser = await launch();
  try {
    const page = await visit(browser, url);
    await page.goto("/sign-in", { waitUntil: "commit" });
    const interactive = await page.evaluate((field) => window.bench.painted(field), FIELD);
    const firstPaint = await page.evaluate(async () => {
      const named = () => performance.getEntriesByName("first-contentful-paint")[0];
      while (!named()) await new Promise(requestAnimationFrame);
      return named()?.startTime ?? 0;
    });
    return { interactive, firstPaint, scripts: await scripts(page, interactive) };
  } finally {
    await browser.close();
  }
}
