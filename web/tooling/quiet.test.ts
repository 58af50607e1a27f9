import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("The build, as `make run` shows it, has no warnings", () => {
  const options = ["--logLevel=warn", "--outDir", "../build/quiet", "--emptyOutDir"];
  const { status, stdout, stderr } = spawnSync("npx", ["vite", "build", ...options], {
    cwd: `${import.meta.dirname}/..`,
    env: { ...process.env, NODE_ENV: "production" },
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
  expect(status).toBe(0);
}, 120_000);
