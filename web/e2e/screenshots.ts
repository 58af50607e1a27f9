/**
 * Every screen on a phone and a desktop, light and dark, and the two pictures of the README. `make
 * screenshots` runs this.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { type Scene, SEED_PASSWORD, SEED_ROOM, talk } from "./scene.ts";
import { DESKTOP, feed, openMessageMenu, PHONE, Stage } from "./stage.ts";

const FOLDER = resolve(import.meta.dirname, "../../build/screenshots");
const DEVICES = { desktop: DESKTOP, phone: PHONE };
/** Milliseconds for the beginning, and for all screens of a device. */
const PATIENCE = 600_000;
/** The pixel density of the README's pictures. */
const SCALE = 2;
/** One of the users that `python -m server seed` creates. */
const LOGIN = "maya";

type Screens = Readonly<Record<string, string | readonly [string, (page: Page) => Promise<void>]>>;

/** ROOM, WORKSHOP and INVITE stand for what the scene has. */
const OUTSIDE: Screens = {
  "sign-in": "/sign-in",
  "sign-up": "/sign-up",
  forgotten: "/forgot",
  undone: "/#undo-email=x",
  invited: "/#invite=INVITE",
  "invited-no-more": "/#invite=none",
};
const INSIDE: Screens = {
  rooms: "/",
  room: "ROOM",
  workshop: [
    "WORKSHOP",
    // The players come a little later.
    (page) => page.getByRole("slider").first().waitFor(),
  ],
  "no-room": "/rooms/nowhere",
  "no-page": "/nowhere",
  invitation: "/invites/INVITE",
  details: "ROOM?panel=details",
  pins: "ROOM?panel=pins",
  search: "ROOM?panel=search",
  notifications: "/?panel=notifications",
  profile: "/settings/profile",
  account: "/settings/account",
  devices: "/settings/sessions",
  alerts: "/settings/notifications",
  appearance: "/settings/appearance",
  privacy: "/settings/privacy",
  finder: [
    "/",
    async (page) => {
      const field = page.getByRole("searchbox", { name: "Find chats, people, messages" });
      await field.fill("sun");
      await page.getByRole("region", { name: "Messages" }).getByRole("link").first().waitFor();
    },
  ],
  "new-chat": [
    "/",
    async (page) => {
      await page.getByRole("button", { name: "New chat" }).first().click();
      await page.getByRole("dialog", { name: "New chat" }).getByRole("listitem").first().waitFor();
    },
  ],
  emoji: [
    "ROOM",
    async (page) => {
      await page.getByRole("main").getByRole("button", { name: "Emoji" }).last().click();
      await page.getByRole("dialog", { name: "Emoji" }).getByRole("searchbox").waitFor();
    },
  ],
  readers: [
    "ROOM",
    async (page) => {
      const menu = await openMessageMenu({ page }, "Sure ⛺");
      await menu.getByRole("group", { name: /^Seen by/ }).waitFor();
    },
  ],
  picture: [
    "ROOM",
    async (page) => {
      await page.getByRole("button", { name: "View lake.jpg" }).click();
      await page.getByRole("dialog").locator("img").waitFor();
    },
  ],
};

let stage: Stage;
let scene: Scene;

beforeAll(async () => {
  stage = await Stage.open({});
  await stage.server.kill();
  await stage.server.run("seed");
  await stage.server.start();
  await mkdir(FOLDER, { recursive: true });
  scene = await talk(stage.server.url, await stage.visitor());
}, PATIENCE);
afterAll(async () => {
  scene?.leave();
  await stage?.close();
});

test.each(["desktop", "phone"] as const)(
  "on a %s",
  async (device) => {
    const page = await stage.visitor(DEVICES[device]);
    await shoot(page, device, OUTSIDE);
    await signIn(page);
    await shoot(page, device, INSIDE, new URL(page.url()).pathname);
  },
  PATIENCE,
);

test.each([
  ["desktop", { ...DESKTOP, colorScheme: "light" }],
  ["phone", { ...PHONE, colorScheme: "dark" }],
] as const)("for the README, on a %s", async (name, device) => {
  const page = await stage.visitor({
    ...device,
    deviceScaleFactor: SCALE,
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  await signIn(page);
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await writeFile(`${FOLDER}/${name}.webp`, await asWebp(page));
});

async function signIn(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email or username").fill(LOGIN);
  await page.getByLabel("Password", { exact: true }).fill(SEED_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("list", { name: "Chats" }).getByRole("link", { name: SEED_ROOM }).click();
  await page.waitForURL(/\/rooms\//);
  await feed(page).getByRole("article").first().waitFor();
}

test.each(["desktop", "phone"] as const)("at another address, on a %s", async (device) => {
  const other = await Stage.open({ PUBLIC_URL: "https://chat.example" });
  await shoot(await other.visitor(DEVICES[device]), device, { elsewhere: "/" });
  await other.close();
});

async function shoot(page: Page, device: string, screens: Screens, room = ""): Promise<void> {
  for (const [name, screen] of Object.entries(screens)) {
    const [path, act] = typeof screen === "string" ? [screen] : screen;
    const workshop = `/rooms/${scene.workshop}`;
    const address = path.replace("ROOM", room).replace("WORKSHOP", workshop);
    // Otherwise a change of the part behind # alone would load nothing.
    await page.goto("about:blank");
    await page.goto(address.replace("INVITE", scene.invite));
    await page.waitForLoadState("networkidle");
    await act?.(page);
    await page.waitForLoadState("networkidle");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: `${FOLDER}/${name}-${device}-${colorScheme}.png` });
    }
  }
}

/** Playwright cannot write WebP, which takes a third of the size of a PNG. */
async function asWebp(page: Page): Promise<Buffer> {
  const debug = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  const clip = { x: 0, y: 0, width, height, scale: SCALE };
  const { data } = await debug.send("Page.captureScreenshot", {
    format: "webp",
    quality: 80,
    clip,
  });
  return Buffer.from(data, "base64");
}
