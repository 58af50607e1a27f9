/** Screen readers, small screens, other directions. */

import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createGroup, DESKTOP, feed, type Person, PHONE, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob", PHONE)]);
  await createGroup(ann, "Everyone", [bob]);
  await say(ann.page, "Some **words**, a [link](https://example.com) and `code`");
  await say(ann.page, `And a mention of @${bob.username}`);
  room = new URL(ann.page.url()).pathname;
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const SCREENS = [
  "/",
  "ROOM",
  "ROOM?panel=details",
  "ROOM?panel=search",
  "/?panel=notifications",
  "/settings/profile",
  "/settings/account",
  "/settings/sessions",
  "/settings/notifications",
  "/settings/appearance",
  "/settings/privacy",
];

async function findings(page: Page): Promise<string[]> {
  // Through the debugger: the page's own policy lets no such script in.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ["violations"],
    }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

async function settled(page: Page, path: string): Promise<void> {
  await page.goto(path.replace("ROOM", room));
  await page.getByRole("heading").first().waitFor();
  const shown = path.includes("panel")
    ? page.getByRole("complementary").getByRole("heading")
    : feed(page).getByRole("article");
  if (path.startsWith("ROOM") || path.includes("panel")) await shown.first().waitFor();
}

/** Many pages, one after the other. */
const SLOW = 120_000;

test.each(["light", "dark"] as const)(
  "axe finds nothing serious, in %s",
  async (colorScheme) => {
    const found: Record<string, string[]> = {};
    await ann.page.emulateMedia({ colorScheme });
    for (const path of SCREENS) {
      await settled(ann.page, path);
      found[path] = await findings(ann.page);
    }
    await bob.page.emulateMedia({ colorScheme });
    for (const path of ["/", "ROOM"]) {
      await settled(bob.page, path);
      found[`${path} on a phone`] = await findings(bob.page);
    }
    const page = await stage.visitor({ ...DESKTOP, colorScheme });
    for (const path of ["/sign-in", "/sign-up", "/forgot"]) {
      await settled(page, path);
      found[path] = await findings(page);
    }
    expect(Object.entries(found).filter(([, all]) => all.length)).toEqual([]);
  },
  SLOW,
);

test(
  "nothing scrolls sideways at 320 pixels, in either direction",
  async () => {
    const { page } = ann;
    await page.setViewportSize({ width: 320, height: 640 });
    for (const direction of ["ltr", "rtl"]) {
      for (const path of SCREENS) {
        await settled(page, path);
        await page.evaluate((dir) => document.documentElement.setAttribute("dir", dir), direction);
        const wide = await page.evaluate(() => {
          const over = [...document.querySelectorAll<HTMLElement>("*")].filter(
            (each) =>
              each.checkVisibility() &&
              each.scrollWidth > each.clientWidth + 1 &&
              ["auto", "scroll"].includes(getComputedStyle(each).overflowX),
          );
          return [
            document.documentElement.scrollWidth,
            over.map((each) => each.className),
          ] as const;
        });
        expect([path, direction, wide[0]]).toEqual([path, direction, 320]);
        expect([path, direction, wide[1].filter((name) => !/tabs|code/.test(name))]).toEqual([
          path,
          direction,
          [],
        ]);
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  },
  SLOW,
);

test("the phone shows one pane, and its way back leads to the list", async () => {
  const { page } = bob;
  await page.goto("/");
  await page.getByRole("link", { name: /Everyone/ }).click();
  await page.getByRole("navigation", { name: "Chats" }).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("navigation", { name: "Chats" }).waitFor();
});
