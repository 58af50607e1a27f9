/** Before the tests of a browser: starts one for all of them. */

import type { TestProject } from "vitest/node";
import { type BrowserName, launch } from "./browsers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The browser that the test runs in, and the address by which Playwright reaches it. */
    browser: { name: BrowserName; endpoint: string };
  }
}

export default async function startBrowser(project: TestProject): Promise<() => Promise<void>> {
  const name = project.name as BrowserName;
  const browser = await launch(name);
  project.provide("browser", { name, endpoint: browser.wsEndpoint() });
  return () => browser.close();
}
