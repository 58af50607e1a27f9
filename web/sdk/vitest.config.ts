import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  test: {
    globalSetup: "tests/shared_server.ts",
    include: ["tests/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 40_000,
  },
});
