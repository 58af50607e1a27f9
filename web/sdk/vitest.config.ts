import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "tests/shared-server.ts",
    include: ["tests/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
