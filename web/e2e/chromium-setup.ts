/** Before the tests in Chromium: starts one for all of them. */

import type { TestProject } from "vitest/node";
import { shareChromium } from "./browsers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address by which Playwright reaches the shared Chromium. */
    chromium: string;
  }
}

export default async function startChromium(project: TestProject): Promise<() => Promise<void>> {
  const browser = await shareChromium();
  project.provide("chromium", browser.wsEndpoint());
  return () => browser.close();
}
