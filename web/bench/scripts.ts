/** How much JavaScript a page had loaded at some time. */

import { get } from "node:http";
import type { Page } from "playwright-core";

export interface Scripts {
  readonly count: number;
  /** Bytes, as they are sent to who takes gzip. */
  readonly gzipped: number;
}

/** All that were there `before`, in milliseconds since the navigation. */
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

/** Not by `fetch`, which unpacks. */
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
