/** Measures how much JavaScript a page has loaded by some time. */

import { get } from "node:http";
import type { Page } from "playwright-core";

export interface Scripts {
  readonly count: number;
  /** The size in bytes, as sent to clients that accept gzip. */
  readonly gzipped: number;
}

/** All scripts that were loaded `before`, in milliseconds since the navigation. */
export async function scripts(page: Page, before: number): Promise<Scripts> {
  const urls = await page.evaluate((before) => {
    const all = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    return all
      .filter(({ name, responseEnd }) => name.endsWith(".js") && responseEnd <= before)
      .map(({ name }) => name);
  }, before);
  const sizes = await Promise.all(urls.map(gzipped));
  return { count: urls.length, gzipped: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Does not use `fetch`, which would decompress the answer. */
function gzipped(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers: { "Accept-Encoding": "gzip" } }, async (answer) => {
      let size = 0;
      for await (const chunk of answer) size += chunk.length;
      resolve(size);
    });
    asked.on("error", reject);
  });
}
