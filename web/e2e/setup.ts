/** Before all tests: a Chromium, and the web client as it is now. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { build } from "vite";

declare module "vitest" {
  interface ProvidedContext {
    chromium: string;
  }
}

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export default async function setup(project: TestProject): Promise<void> {
  project.provide("chromium", chromium());
  await build({ root: `${import.meta.dirname}/..`, logLevel: "error" });
}

function chromium(): string {
  const found = find() ?? (install() ? find() : undefined);
  if (!found) throw new Error("Chromium is missing: install it, or name it in CHROMIUM");
  return found;
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
