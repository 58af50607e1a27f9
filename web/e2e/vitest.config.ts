import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { type BrowserName, have } from "./browsers.ts";

/** What runs in each browser. Why some of it runs in Chromium alone is in web/README.md. */
const FILES: readonly [BrowserName, string[]][] = process.env.SCREENSHOTS
  ? [["chromium", ["screenshots.ts"]]]
  : [
      ["chromium", ["*.test.ts"]],
      ["firefox", ["chat.test.ts"]],
    ];

const available = FILES.filter(([name]) => have(name));
if (available.length === 0) process.exit(0);

const inBrowser = ([name, include]: (typeof FILES)[number]): TestProjectInlineConfiguration => ({
  test: {
    name,
    root: import.meta.dirname,
    globalSetup: "browser-setup.ts",
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
    // Each test file has a browser and a server, and the machine has two cores.
    maxWorkers: 2,
  },
});
