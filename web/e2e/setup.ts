/** Before all tests: builds the web client, and starts a server and a Chromium for all of them. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { Server } from "../sdk/tests/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of the shared server. */
    url: string;
    /** The address of the shared browser's debugger. */
    browser: string;
  }
}

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default async function startServerAndBrowser(
  project: TestProject,
): Promise<() => Promise<void>> {
  const executablePath = installed();
  build();
  const [server, browser] = await Promise.all([
    Server.start(),
    chromium.launchServer({ executablePath, args: FLAGS }),
  ]);
  project.provide("url", server.url);
  project.provide("browser", browser.wsEndpoint());
  return async () => {
    await browser.close();
    await server.close();
  };
}

/** Builds as for production: under the tests' NODE_ENV, Vite would build something else. */
function build(): void {
  execFileSync("npm", ["run", "--silent", "build", "--", "--logLevel=error"], {
    cwd: resolve(import.meta.dirname, ".."),
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function installed(): string {
  const found = find() ?? (install() ? find() : undefined);
  if (found) return found;
  console.error("The app is not tested in a browser: install Chromium, or name it in CHROMIUM");
  process.exit(process.env.CI === "true" ? 1 : 0);
}

function find(): string | undefined {
  return [process.env.CHROMIUM ?? "", ...PLACES].find((path) => path && existsSync(path));
}

/** Installs Chromium, on Debian as root only. */
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
