import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { type BrowserName, have } from "./browsers.ts";

const IN_FIREFOX = [
  ...[
    "addresses",
    "alerts",
    "chat",
    "clock",
    "departures",
    "endings",
    "faces",
    "finish",
    "first-hour",
  ],
  ...[
    "invites",
    "mail",
    "markup",
    "media",
    "names",
    "players",
    "senses",
    "shared",
    "truth",
    "waiting-files",
  ],
].map((each) => `${each}.test.ts`);
/** What runs in each browser. Why some of it runs in Chromium alone is in web/README.md. */
const FILES: readonly [BrowserName, string[]][] = process.env.SCREENSHOTS
  ? [["chromium", ["screenshots.ts"]]]
  : [
      ["chromium", ["*.test.ts"]],
      ["firefox", IN_FIREFOX],
    ];

declare module "vitest" {
  interface ProvidedContext {
    /** The browser that the test runs in. */
    browser: BrowserName;
  }
}

const available = FILES.filter(([name]) => have(name));
if (available.length === 0) process.exit(0);

const inBrowser = ([name, include]: (typeof FILES)[number]): TestProjectInlineConfiguration => ({
  test: {
    name,
    root: import.meta.dirname,
    globalSetup: name === "chromium" ? "chromium-setup.ts" : [],
    provide: { browser: name },
    include,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "setup.ts",
    projects: available.map(inBrowser),
    // One more than a small machine has cores, because the pages of a file wait a quarter of the time.
    maxWorkers: 3,
  },
});
