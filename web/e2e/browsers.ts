/** The browsers that the tests run in: where they are, and how they are started. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, type BrowserServer, chromium, firefox } from "playwright-core";

export type BrowserName = "chromium" | "firefox";

interface Installation {
  /** What people call it. */
  title: string;
  /** The environment variable that names the program. */
  variable: string;
  places: readonly string[];
  /** The packages of Debian. */
  packages: readonly string[];
}

const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const FIREFOX_PREFERENCES = {
  // WebDriver BiDi cannot yet say that a page wants less motion, or that it has a touchscreen.
  "ui.prefersReducedMotion": 1,
  "dom.w3c_touch_events.enabled": 1,
  // Lets a page read the clipboard without asking, as the permission does in Chromium.
  "dom.events.testing.asyncClipboard": true,
  "media.autoplay.default": 0,
  // An offer to keep a password takes the focus from the page.
  "signon.rememberSignons": false,
};

const INSTALLATIONS: Record<BrowserName, Installation> = {
  chromium: {
    title: "Chromium",
    variable: "CHROMIUM",
    places: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
    packages: ["chromium", "fonts-noto-color-emoji"],
  },
  firefox: {
    title: "Firefox",
    variable: "FIREFOX",
    places: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
    packages: ["firefox-esr", "fonts-noto-color-emoji"],
  },
};

/**
 * Whether the browser is there, after an attempt to install it. If it is not, this says so, and ends
 * the process where CI=true.
 */
export function have(name: BrowserName): boolean {
  const wanted = INSTALLATIONS[name];
  if (find(wanted) ?? (install(wanted) && find(wanted))) return true;
  const { title, variable } = wanted;
  console.error(`The app is not tested in ${title}: install it, or name it in ${variable}`);
  if (process.env.CI === "true") process.exit(1);
  return false;
}

/** A Chromium for all tests. Each connection has its own contexts, and every page has the focus. */
export function shareChromium(): Promise<BrowserServer> {
  return chromium.launchServer({ executablePath: programOf("chromium"), args: CHROMIUM_FLAGS });
}

/** A Firefox for the tests of one file, because only one window of a Firefox has the focus. */
export function launchFirefox(): Promise<Browser> {
  return firefox.launch({
    executablePath: programOf("firefox"),
    // Playwright then speaks WebDriver BiDi, which an unchanged Firefox understands.
    channel: "moz-firefox",
    firefoxUserPrefs: FIREFOX_PREFERENCES,
  });
}

function programOf(name: BrowserName): string {
  const path = find(INSTALLATIONS[name]);
  if (!path) throw new Error(`${name} is gone`);
  return path;
}

function find({ variable, places }: Installation): string | undefined {
  return [process.env[variable] ?? "", ...places].find((path) => path && existsSync(path));
}

/** Installs the browser, on Debian as root only. Returns whether that went well. */
function install({ title, packages }: Installation): boolean {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log(`Installing ${title} with apt-get`);
  try {
    execFileSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], {
      stdio: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    return true;
  } catch {
    // It has said why.
    return false;
  }
}
