/** Before all tests: a Chromium, and the web client as it is now. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    chromium: string;
  }
}

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export default function setup(project: TestProject): void {
  project.provide("chromium", chromium());
  // As it is served: Vite makes something else of it under the tests' NODE_ENV.
  execFileSync("npm", ["run", "--silent", "build", "--", "--logLevel=error"], {
    cwd: resolve(import.meta.dirname, ".."),
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function chromium(): string {
  const found = find() ?? (install() ? find() : undefined);
  if (found) return found;
  console.error("The app is not tested in a browser: install Chromium, or name it in CHROMIUM");
  process.exit(process.env.CI === "true" ? 1 : 0);
}

function find(): string | undefined {
  return [process.env.CHROMIUM ?? "", ...PLACES].find((path) => path && existsSync(path));
}

/** Where one may, on Debian. */
function install(): boolean {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log("Installing Chromium with apt-get");
  execFileSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
  const packages = ["chromium", "fonts-noto-color-emoji"];
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return true;
}
