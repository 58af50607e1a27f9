/** Screen readers, keyboards, small and large screens, and right-to-left text. */

import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { picture } from "./files.ts";
import {
  attach,
  composer,
  feed,
  makeGroup,
  message,
  note,
  type Person,
  PHONE,
  Stage,
  say,
} from "./stage.ts";

const OPEN = "dialog[open], [popover]:popover-open";

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
  room = await makeGroup(ann, "Everyone", [bob]);
  invite = (await ann.call<{ code: string }>("POST", `${room}/invites`)).code;
  await ann.page.goto(room);
  await say(ann.page, "Some **words**, a [link](https://example.com), `code`\n\n> and a quote");
  await say(ann.page, "- [ ] a task\n- [x] another\n```js\nlet a = 'b'; // c\n```");
  await attach(ann.page, note("notes.txt"));
  await say(ann.page, `And a mention of @${bob.username} here`);
  await message(ann, "And a mention").waitFor();
  await ann.call("PUT", `${room}/messages/2/pin`);
  await bob.call("PUT", `${room}/messages/2/reactions/${encodeURIComponent("👍")}`);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

/** Injected through the debugger, because the page's policy forbids such a script. */
async function findings(page: Page, within: string, rules?: readonly string[]) {
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map(({ finished }) => finished)),
  );
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    ([within, rules]) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(within, {
        resultTypes: ["violations"],
        ...(rules ? { runOnly: [...rules] } : {}),
      }),
    [within, rules] as const,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** Checks both themes. Only the colours differ in the dark one. */
async function axeFinds(page: Page, within = "html"): Promise<string[]> {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  const light = await findings(page, within);
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  return [...light, ...(await findings(page, within, ["color-contrast", "link-in-text-block"]))];
}

/** Finds elements that are wider than their place at this width, in both text directions. */
async function overflowing(page: Page, width: number): Promise<string[]> {
  const height = page.viewportSize()?.height ?? 800;
  const before = page.viewportSize() ?? { width, height };
  await page.setViewportSize({ width, height });
  const found = await page.evaluate(() =>
    ["ltr", "rtl"].flatMap((direction) => {
      document.documentElement.dir = direction;
      const all = [...document.querySelectorAll<HTMLElement>("*")].filter(
        (each) =>
          each.checkVisibility() &&
          each.scrollWidth > each.clientWidth + 1 &&
          ["auto", "scroll"].includes(getComputedStyle(each).overflowX) &&
          !each.closest("pre, [role=tablist]"),
      );
      const page = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
      return [...page, ...all.map((each) => each.className)].map((name) => `${direction} ${name}`);
    }),
  );
  await page.evaluate(() => document.documentElement.removeAttribute("dir"));
  await page.setViewportSize(before);
  return found;
}

async function settled(page: Page, path: string): Promise<void> {
  await page.goto(path.replace("ROOM", room).replace("INVITE", invite));
  const panel = path.includes("panel=");
  // On phones the panel is the main content.
  const beside = page.getByRole("complementary").or(page.getByRole("main", { name: "Details" }));
  const shown = panel
    ? beside.getByRole("heading")
    : path === "ROOM"
      ? feed(page).getByRole("article")
      : page.getByRole("heading");
  await shown.first().waitFor();
}

test.each([
  "/",
  "ROOM",
  "ROOM?panel=details",
  "ROOM?panel=search",
  "ROOM?panel=pins",
  "/?panel=notifications",
  "/settings/profile",
  "/settings/account",
  "/settings/sessions",
  "/settings/notifications",
  "/settings/appearance",
  "/settings/privacy",
  "/invites/INVITE",
  "/rooms/nowhere",
  "/nowhere",
])("%s is accessible: axe, light and dark, 320 pixels to ultrawide", async (path) => {
  await settled(ann.page, path);
  expect(await axeFinds(ann.page)).toEqual([]);
  expect(await overflowing(ann.page, 320)).toEqual([]);
  expect(await overflowing(ann.page, 3440)).toEqual([]);
});

test.each(["/sign-in", "/sign-up", "/forgot", "/#reset=x", "/#verify=x", "/#undo-email=x"])(
  "%s is accessible before signing in",
  async (path) => {
    await settled(visitor, path);
    expect(await axeFinds(visitor)).toEqual([]);
    expect(await overflowing(visitor, 320)).toEqual([]);
    stage.forgive(/401|404|422/);
    await visitor.goto("about:blank");
  },
);

test.each([
  "/",
  "ROOM",
  "ROOM?panel=details",
  "ROOM?panel=search",
  "ROOM?panel=pins",
  "/?panel=notifications",
])("%s on a phone is accessible", async (path) => {
  await settled(bob.page, path);
  expect(await axeFinds(bob.page)).toEqual([]);
});

test("dialogs, menus and popovers are accessible, and give the focus back", async () => {
  const { page } = ann;
  await settled(page, "ROOM");
  const row = message(ann, "And a mention");
  const openers = [
    page.getByRole("button", { name: "New chat" }).first(),
    page.getByRole("button", { name: "Account menu" }),
    page.getByRole("button", { name: "Insert an emoji" }),
    row,
  ];
  for (const opener of openers) {
    await opener.focus();
    await page.keyboard.press("Enter");
    const opened = page.locator(OPEN).first();
    await opened.waitFor();
    await opened.getByRole("button").or(opened.getByRole("menuitem")).first().waitFor();
    expect(await axeFinds(page, OPEN)).toEqual([]);
    expect(await opened.evaluate((each) => each.contains(document.activeElement))).toBe(true);
    await page.keyboard.press("Escape");
    await opened.waitFor({ state: "hidden" });
    // Who gives a new chat up is led back to the field.
    const next = opener === openers[0] ? composer(page) : opener;
    await expect.poll(() => next.evaluate((each) => each === document.activeElement)).toBe(true);
  }
  await page.getByRole("list", { name: "Chats" }).getByRole("link").first().focus();
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Mute" }).waitFor();
  expect(await axeFinds(page, OPEN)).toEqual([]);
  await page.keyboard.press("Escape");
});

test("the dialog that crops a picture is accessible", async () => {
  const { page } = ann;
  await settled(page, "/settings/profile");
  await page.getByLabel("Your picture").setInputFiles(await picture(page, "me.png", "teal"));
  await page.getByRole("application", { name: "Picture to crop" }).waitFor();
  expect(await axeFinds(page, OPEN)).toEqual([]);
  expect(await overflowing(page, 320)).toEqual([]);
  await page.keyboard.press("Escape");
});

test("the finder is accessible while it shows what it found", async () => {
  const { page } = ann;
  await settled(page, "ROOM");
  const field = page.getByRole("searchbox", { name: "Find chats, people, messages" });
  await field.fill("and");
  await page.getByRole("region", { name: "Messages" }).getByRole("link").first().waitFor();
  expect(await axeFinds(page, "nav")).toEqual([]);
  expect(await overflowing(page, 320)).toEqual([]);
  await field.fill("zzyzx");
  await page.getByRole("heading", { name: "Nothing found for “zzyzx”" }).waitFor();
  expect(await axeFinds(page, "nav")).toEqual([]);
  await field.fill("");
});

test("keys go from message to message, answer one, and lead back to the field", async () => {
  const { page } = ann;
  await settled(page, "ROOM");
  await message(ann, "And a mention").focus();
  for (const above of ["a task", "Some words"]) {
    await page.keyboard.press("ArrowUp");
    const row = message(ann, above);
    expect(await row.evaluate((each) => each === document.activeElement)).toBe(true);
  }
  await page.keyboard.press("r");
  await page.getByText("Replying to You").waitFor();
  const field = composer(page);
  await expect.poll(() => field.evaluate((each) => each === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await page.getByText("Replying to You").waitFor({ state: "hidden" });
});

test("new messages are announced, and a link skips the list", async () => {
  const { page } = ann;
  await settled(page, "ROOM");
  await bob.page.goto(room);
  await composer(bob.page).fill("Can you hear me?");
  await bob.page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("log").getByText("Bob: Can you hear me?").waitFor();
  await page.goto(room);
  await composer(page).waitFor();
  const first = page.locator("a, button, input").first();
  await first.focus();
  expect(await first.textContent()).toBe("Skip to the messages");
  await page.keyboard.press("Enter");
  const inside = (main: Element) => main.contains(document.activeElement);
  await expect.poll(() => page.getByRole("main").evaluate(inside)).toBe(true);
});

test("nothing moves for people who want no motion", async () => {
  const { page } = ann;
  await settled(page, "/");
  await page.getByRole("button", { name: "New chat" }).first().click();
  const longest = await page.evaluate(() =>
    Math.max(
      0,
      ...document.getAnimations().map(({ effect }) => Number(effect?.getTiming().duration)),
    ),
  );
  expect(longest).toBeLessThanOrEqual(1);
  // Even a short transition of a row's height would move everything below it a frame later.
  const transition = () => getComputedStyle(document.body).transitionDuration;
  expect(await page.evaluate(transition)).toBe("0s");
  await page.keyboard.press("Escape");
});

test("a phone shows one pane, and its back button leads to the list", async () => {
  const { page } = bob;
  await page.goto("/");
  await page.getByRole("link", { name: /Everyone/ }).click();
  await page.getByRole("navigation", { name: "Chats" }).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("navigation", { name: "Chats" }).waitFor();
});
