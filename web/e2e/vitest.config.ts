import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "setup.ts",
    include: [process.env.SCREENSHOTS ? "screenshots.ts" : "*.test.ts"],
    // A browser and a server for each: the machine has two cores.
    maxWorkers: 2,
    // Where two cores also have the servers, a browser may be late; what fails twice is a fault.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
