/** Screen readers, keys, forced colours and large letters, on every screen. */

import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  choose,
  composer,
  dialog,
  enlarge,
  focusByKey,
  IN_FIREFOX,
  makeGroup,
  message,
  type Person,
  PHONE,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

const SCREENS = [
  "/",
  "ROOM",
  "ROOM?panel=details",
  "ROOM?panel=search",
  "ROOM?panel=pins",
  "/?panel=notifications",
  "/settings/profile",
  "/settings/account",
  "/invites/INVITE",
  "/rooms/nowhere",
  "/nowhere",
];
const OUTSIDE = ["/sign-in", "/sign-up", "/forgot", "/#invite=INVITE", "/#invite=none"];

let stage: Stage;
let ann: Person;
let bob: Person;
let visitor: Page;
let room: string;
let invite: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob, visitor] = await Promise.all([
    stage.person("Ann"),
    stage.person("Bob", PHONE),
    stage.visitor(),
  ]);
  for (const name of ["One", "Two", "Three"]) await makeGroup(ann, name, [bob]);
  const other = await makeGroup(bob, "Not yet", []);
  room = await makeGroup(ann, "Everyone", [bob]);
  invite = (await bob.call<{ code: string }>("POST", `${other}/invites`)).code;
  await ann.page.goto(room);
  await say(ann.page, "What do you think?");
  await message(ann, "What do you think?").waitFor();
  const react = (one: Person, emoji: string) =>
    one.call("PUT", `${room}/messages/2/reactions/${encodeURIComponent(emoji)}`);
  for (const emoji of ["👍", "🎉"]) await react(bob, emoji);
  for (const emoji of ["👍", "😍"]) await react(ann, emoji);
  await bob.call("POST", `${room}/messages`, { client_id: crypto.randomUUID(), text: "A lot." });
  await message(ann, "A lot.").waitFor();
  // Their times do not fit beside them.
  for (const text of ["😀😀😀", "1. first\n\n100. hundredth", "```\ncode\n```"]) {
    await ann.call("POST", `${room}/messages`, { client_id: crypto.randomUUID(), text });
  }
});
afterEach(async (context) => {
  stage.forgive(/404/);
  await stage.check(context);
});
afterAll(() => stage?.close());

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path.replace("ROOM", room).replace("INVITE", invite));
  await page.getByRole("heading").first().waitFor();
  await page.waitForLoadState("networkidle");
}

async function broken(page: Page, rules: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (values) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run("html", {
        runOnly: { type: "rule", values: [...values] },
      }),
    rules,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const STRUCTURE = [
  "region",
  "landmark-one-main",
  "landmark-unique",
  "page-has-heading-one",
  "aria-allowed-role",
];

test.each(SCREENS)(
  "%s has landmarks and a heading, and large letters cut nothing, on a desktop and a phone",
  async (path) => {
    for (const { page } of [ann, bob]) {
      await visit(page, path);
      await expect.poll(() => broken(page, STRUCTURE)).toEqual([]);
      await cutsNothing(page);
    }
  },
);

test.each(OUTSIDE)(
  "%s has landmarks and a heading, and large letters cut nothing, before signing in",
  async (path) => {
    await visitor.goto("about:blank");
    await visit(visitor, path);
    expect(await broken(visitor, STRUCTURE)).toEqual([]);
    await cutsNothing(visitor);
  },
);

test("the Tab key stops once in the list of chats, and arrows move in it", async () => {
  const { page } = ann;
  await visit(page, room);
  await composer(page).waitFor();
  const links = page.getByRole("list", { name: "Chats" }).getByRole("link");
  const stops = () => links.evaluateAll((all) => all.filter((each) => each.tabIndex === 0).length);
  const focused = (n: number) =>
    expect.poll(() => links.nth(n).evaluate((each) => each === document.activeElement)).toBe(true);
  expect([await links.count(), await stops()]).toEqual([4, 1]);
  expect(await links.nth(0).getAttribute("tabindex")).toBeNull();
  await focusByKey(links.nth(0));
  await page.keyboard.press("ArrowDown");
  await focused(1);
  await page.keyboard.press("End");
  await focused(3);
  expect(await stops()).toBe(1);
  await page.keyboard.press("Home");
  await focused(0);
  await page.keyboard.press("End");
  // The button of the row comes next, and then what is after the list.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const list = page.getByRole("list", { name: "Chats" });
  expect(await list.evaluate((each) => each.contains(document.activeElement))).toBe(false);
  await page.keyboard.press("Shift+Tab");
  await focused(3);
});

test("the Tab key stops once in the reactions, and arrows move in them", async () => {
  const { page } = ann;
  await visit(page, room);
  const bar = message(ann, "What do you think?").getByRole("toolbar", { name: "Reactions" });
  const buttons = bar.getByRole("button");
  await buttons.first().waitFor();
  expect(await buttons.count()).toBe(4);
  const stops = () =>
    buttons.evaluateAll((all) => all.filter((each) => (each as HTMLElement).tabIndex === 0).length);
  expect(await stops()).toBe(1);
  await buttons.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const third = () => buttons.nth(2).evaluate((each) => each === document.activeElement);
  await expect.poll(third).toBe(true);
  expect(await stops()).toBe(1);
});

testInChromium("who reacted is told by keys and by touch", async () => {
  await visit(ann.page, room);
  await choose(ann, "What do you think?", "Who reacted");
  await seesWho(ann.page);
  await ann.page.keyboard.press("Escape");
  await visit(bob.page, room);
  const box = await message(bob, "What do you think?").getByText("What do you").boundingBox();
  const debug = await bob.context.newCDPSession(bob.page);
  const touchPoints = [{ x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 8 }];
  await debug.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  const item = bob.page.getByRole("menuitem", { name: "Who reacted" });
  await item.waitFor();
  await debug.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await bob.page.waitForTimeout(300);
  await item.tap();
  await seesWho(bob.page);
});

async function seesWho(page: Page): Promise<void> {
  const shown = dialog(page, "Reactions");
  await shown.getByRole("heading", { name: "👍 2 reactions" }).waitFor();
  await shown.getByRole("heading", { name: "😍 1 reaction" }).waitFor();
  expect(await shown.getByRole("listitem").count()).toBe(4);
}

testInChromium(
  "forced colours keep selection, bubbles, switches and own reactions apart",
  async () => {
    const { page } = ann;
    await page.emulateMedia({ forcedColors: "active" });
    const look = (of: ReturnType<Page["locator"]>, part?: string) =>
      of.evaluate((each, part) => {
        const { backgroundColor, color, outline, borderInlineStart, borderBlockStart } =
          getComputedStyle(each, part);
        return [backgroundColor, color, outline, borderInlineStart, borderBlockStart].join(" | ");
      }, part);
    await visit(page, room);
    await composer(page).waitFor();
    const links = page.getByRole("list", { name: "Chats" }).getByRole("link");
    expect(await look(links.nth(0))).not.toBe(await look(links.nth(1)));
    const bubble = (text: string) => message(ann, text).locator("[class*=bubble]").first();
    expect(await look(bubble("What do you"))).not.toBe(await look(bubble("A lot.")));
    expect(await look(bubble("A lot."))).toContain("solid");
    const chips = message(ann, "What do you think?").getByRole("toolbar", { name: "Reactions" });
    const chip = (emoji: string) => chips.getByRole("button", { name: new RegExp(`^${emoji}`) });
    expect(await look(chip("👍"))).toBe(await look(chip("😍")));
    expect(await look(chip("👍"))).not.toBe(await look(chip("🎉")));
    await visit(page, "/settings/appearance");
    const toggle = page.getByRole("switch", { name: "Enter sends the message" });
    const both = async () => [await look(toggle), await look(toggle, "::before")];
    const on = await both();
    // The thumb is seen on its track.
    expect(on[0]?.split(" | ")[0]).not.toBe(on[1]?.split(" | ")[0]);
    await toggle.click();
    await expect.poll(both).not.toEqual(on);
    const off = await both();
    expect(off[0]?.split(" | ")[0]).not.toBe(off[1]?.split(" | ")[0]);
    await toggle.click();
    await page.emulateMedia({ forcedColors: "none" });
  },
);

/** Elements whose own text does not fit into them from top to bottom, or stands out of the page. */
const cut = (page: Page) =>
  page.evaluate(() => {
    const wrong = [];
    for (const each of document.querySelectorAll<HTMLElement>("body *")) {
      const own = [...each.childNodes].some(
        (node) => node.nodeType === 3 && node.nodeValue?.trim(),
      );
      if (!own || !each.checkVisibility({ visibilityProperty: true }) || each.closest(".quiet"))
        continue;
      const range = document.createRange();
      range.selectNodeContents(each);
      const words = range.getBoundingClientRect();
      for (let box: HTMLElement | null = each; box; box = box.parentElement) {
        const { overflowY, webkitLineClamp } = getComputedStyle(box);
        if (/auto|scroll/.test(overflowY) || webkitLineClamp !== "none") break;
        const { top, bottom } = box.getBoundingClientRect();
        const clips = overflowY === "hidden" || overflowY === "clip";
        if (clips && (words.top < top - 3 || words.bottom > bottom + 3)) {
          wrong.push(`${each.tagName}.${each.className}: ${each.textContent?.slice(0, 40)}`);
          break;
        }
      }
    }
    if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page");
    return wrong;
  });

/** Tries letters of 32 pixels. In Firefox this tries nothing: web/README.md says why. */
async function cutsNothing(page: Page): Promise<void> {
  if (IN_FIREFOX) return;
  await enlarge(page);
  expect(await cut(page)).toEqual([]);
}
