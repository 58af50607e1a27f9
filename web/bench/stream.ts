/** Measures a room in which many people write while one reads along. */

import { once } from "node:events";
import type { CDPSession, Page } from "playwright-core";
import { launch, signIn, visit } from "./browser.ts";

const SECONDS = 60;
/** Seconds until the room holds as many messages as it ever will. */
const WARM = 10;

interface Held {
  /** After a garbage collection. */
  readonly megabytes: number;
  readonly nodes: number;
}

interface Stream {
  readonly seconds: number;
  /** The number of messages shown meanwhile. */
  readonly messages: number;
  /** The durations of tasks of at least 50 ms, in milliseconds. */
  readonly long: readonly number[];
  readonly before: Held;
  readonly after: Held;
}

/** Prints `ready` when messages may begin. The reader is at the end of the room all the time. */
export async function stream(url: string, room: string): Promise<Stream> {
  const browser = await launch();
  try {
    const page = await visit(browser, url);
    await signIn(page);
    await page.locator(`nav a[href$="${room}"]`).click();
    await page.locator('[role="feed"] > :nth-child(20)').waitFor();
    await atEnd(page);
    const tools = await page.context().newCDPSession(page);
    process.stdout.write("ready\n");
    await once(process.stdin, "data");
    await page.waitForTimeout(WARM * 1000);
    const before = await held(tools);
    const first = await lastSeq(page);
    await page.evaluate(() => void window.bench.long.splice(0));
    await page.waitForTimeout(SECONDS * 1000);
    const long = await page.evaluate(() => window.bench.long);
    await atEnd(page);
    const messages = (await lastSeq(page)) - first;
    return { seconds: SECONDS, messages, long, before, after: await held(tools) };
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
}

/** When the reader is not at the end, a button leads there. */
async function atEnd(page: Page): Promise<void> {
  if (await page.getByRole("button", { name: "Jump to the latest messages" }).isVisible())
    throw new Error("the timeline is not at its end");
}

const lastSeq = async (page: Page) =>
  Number(await page.locator('[role="feed"] > [data-seq]').last().getAttribute("data-seq"));

async function held(tools: CDPSession): Promise<Held> {
  await tools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await tools.send("Runtime.getHeapUsage");
  const { nodes } = await tools.send("Memory.getDOMCounters");
  return { megabytes: usedSize / 1_000_000, nodes };
}
