/** Every screen, on a phone and a desktop, light and dark: `make screenshots` writes them. */

import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { DESKTOP, PHONE, Stage } from "./stage.ts";

const FOLDER = resolve(import.meta.dirname, "../../build/screenshots");
const DEVICES = { desktop: DESKTOP, phone: PHONE };
/** One of those whom `python -m server seed` makes. */
const LOGIN = "maya";
const PASSWORD = "correct horse battery staple";
const ROOM = "Weekend plans";

const OUTSIDE = { "sign-in": "/sign-in", "sign-up": "/sign-up", forgotten: "/forgot" };
const INSIDE = {
  rooms: "/",
  room: "ROOM",
  details: "ROOM?panel=details",
  pins: "ROOM?panel=pins",
  search: "ROOM?panel=search",
  notifications: "/?panel=notifications",
  profile: "/settings/profile",
  account: "/settings/account",
  devices: "/settings/sessions",
  alerts: "/settings/notifications",
  appearance: "/settings/appearance",
  blocked: "/settings/privacy",
};

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({});
  await stage.server.kill();
  await stage.server.run("seed");
  await stage.server.start();
  await mkdir(FOLDER, { recursive: true });
});
afterAll(() => stage?.close());

test.each(["desktop", "phone"] as const)("on a %s", async (device) => {
  const page = await stage.visitor(DEVICES[device]);
  await shoot(page, device, OUTSIDE);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail or username").fill(LOGIN);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: ROOM }).click();
  await page.waitForURL(/\/rooms\//);
  await shoot(page, device, INSIDE, new URL(page.url()).pathname);
});

async function shoot(page: Page, device: string, screens: object, room = ""): Promise<void> {
  for (const [name, path] of Object.entries(screens)) {
    await page.goto(path.replace("ROOM", room));
    await page.waitForLoadState("networkidle");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: `${FOLDER}/${name}-${device}-${colorScheme}.png` });
    }
  }
}
