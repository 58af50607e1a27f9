/** Measures opening a room with very many messages, all of them read. */

import type { Browser, Page } from "playwright-core";
import { launch, settle, signIn, visit } from "./browser.ts";
import { type Scripts, scripts } from "./scripts.ts";

const PROFILES = 5;
const AGAIN = 5;

interface Open {
  /**
   * Milliseconds from the press until the latest messages are painted: `first` for a room of which
   * only the last message is known, `again` for a room that was open before.
   */
  readonly first: readonly number[];
  readonly again: readonly number[];
  /**
   * The same from the navigation to the room's address, in a browser that has been there before.
   */
  readonly reload: readonly number[];
  readonly scripts: Scripts;
}

export async function open(url: string, room: string, last: string): Promise<Open> {
  const browser = await launch();
  try {
    const runs = [];
    for (let run = 0; run < PROFILES; run++) runs.push(await profile(browser, url, room, last));
    const [{ scripts: weight } = { scripts: { count: 0, gzipped: 0 } }] = runs;
    return {
      first: runs.map(({ first }) => first),
      again: runs.flatMap(({ again }) => again),
      reload: runs.map(({ reload }) => reload),
      scripts: weight,
    };
  } finally {
    await browser.close();
  }
}

async function profile(browser: Browser, url: string, room: string, last: string) {
  const page = await visit(browser, url);
  await signIn(page);
  const first = await press(page, room, last);
  const again = [];
  for (let time = 0; time < AGAIN; time++) {
    await elsewhere(page, room);
    again.push(await press(page, room, last));
  }
  await settle(page);
  await page.reload({ waitUntil: "commit" });
  const reload = await page.evaluate(latest, last);
  await settle(page);
  const weight = await scripts(page, reload);
  await page.context().close();
  return { first, again, reload, scripts: weight };
}

/** Opens another room, so that this one is closed. */
async function elsewhere(page: Page, room: string): Promise<void> {
  await page.locator(`nav a[href^="/rooms/"]:not([href$="${room}"])`).first().click();
  await page.waitForURL((now) => !now.pathname.endsWith(room));
  await settle(page);
}

async function press(page: Page, room: string, last: string): Promise<number> {
  const link = page.locator(`nav a[href$="${room}"]`);
  const pressed = link.evaluate(
    (element) =>
      new Promise<number>((resolve) => {
        element.addEventListener("click", ({ timeStamp }) => resolve(timeStamp), { once: true });
      }),
  );
  const painted = page.evaluate(latest, last);
  await link.click();
  return (await painted) - (await pressed);
}

/** In the page: waits until a screenful of messages and the last one are painted. */
const latest = (last: string) => window.bench.painted(`:nth-child(20) ~ [data-seq="${last}"]`);
