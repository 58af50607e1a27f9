import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "setup.ts",
    include: [process.env.SCREENSHOTS ? "screenshots.ts" : "*.test.ts"],
    // Each test file has a browser and a server, and the machine has two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
