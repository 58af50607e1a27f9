/** Fingers: long presses, swipes, and panels in which one types on a phone. */

import type { CDPSession, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { composer, makeGroup, message, type Person, PHONE, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let debug: CDPSession;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann", PHONE), stage.person("Bob")]);
  const room = await makeGroup(ann, "Fingers", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
  for (let n = 1; n <= 12; n++) await say(bob.page, `row ${n}.`);
  await message(ann, "row 12.").waitFor();
  debug = await ann.context.newCDPSession(ann.page);
  await ann.page.evaluate(() => {
    const felt: unknown[] = [];
    Object.assign(globalThis, { felt });
    navigator.vibrate = (pattern) => felt.push(pattern) > 0;
  });
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

type Where = { x: number; y: number };

async function finger(type: "Start" | "Move" | "End", at?: Where): Promise<void> {
  const touchPoints = at ? [at] : [];
  await debug.send("Input.dispatchTouchEvent", { type: `touch${type}`, touchPoints });
}

async function middle(of: Locator): Promise<Where> {
  const box = await of.boundingBox();
  if (!box) throw new Error("it is not on the page");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const felt = () => ann.page.evaluate(() => (globalThis as unknown as { felt: number[] }).felt);

test("a long press opens the menu while the finger is down, is felt, and stays open", async () => {
  const { page } = ann;
  const words = message(ann, "row 11.").getByText("row 11.");
  // Before the first press on the page, browsers do not let it vibrate.
  await message(ann, "row 10.").tap();
  const menu = page.getByRole("menu", { name: "Message actions" });
  const began = Date.now();
  await finger("Start", await middle(words));
  await menu.waitFor();
  expect(Date.now() - began).toBeGreaterThanOrEqual(400);
  expect(await felt()).toEqual([10]);
  await finger("End");
  await page.waitForTimeout(300);
  expect(await menu.isVisible()).toBe(true);
  // It does not cover the message that it is about.
  const [shown, line] = [await menu.boundingBox(), await words.boundingBox()];
  if (!shown || !line) throw new Error("something is not shown");
  expect(shown.y >= line.y + line.height || shown.y + shown.height <= line.y).toBe(true);
  await menu.getByRole("menuitem", { name: "Reply" }).tap();
  await page.getByText("Replying to Bob").waitFor();
  await page.getByRole("button", { name: "Cancel reply" }).click();
});

test("a press outside closes it, as the browser's own menus do", async () => {
  const { page } = ann;
  const menu = page.getByRole("menu", { name: "Message actions" });
  await finger("Start", await middle(message(ann, "row 11.").getByText("row 11.")));
  await menu.waitFor();
  await finger("End");
  await page.waitForTimeout(300);
  await page.touchscreen.tap(195, 100);
  await menu.waitFor({ state: "hidden" });
});

test("a finger that moves opens no menu", async () => {
  const { x, y } = await middle(message(ann, "row 9.").getByText("row 9."));
  await finger("Start", { x, y });
  for (let n = 1; n <= 6; n++) await finger("Move", { x, y: y - 5 * n });
  await ann.page.waitForTimeout(500);
  await finger("End");
  expect(await ann.page.getByRole("menu").count()).toBe(0);
});

test.each([
  ["to the right", 1],
  ["to the left", -1],
])("a message is swiped %s to answer it", async (_, way) => {
  const { page } = ann;
  const answering = page.getByText("Replying to Bob");
  const swipe = async (far: number) => {
    const { x, y } = await middle(message(ann, "row 12.").getByText("row 12."));
    await finger("Start", { x, y });
    for (let n = 1; n <= 8; n++) await finger("Move", { x: x + (way * far * n) / 8, y: y + 1 });
    await finger("End");
  };
  await swipe(80);
  await answering.waitFor();
  await page.getByRole("button", { name: "Cancel reply" }).click();
  await answering.waitFor({ state: "hidden" });
  // A short one does nothing.
  await swipe(40);
  expect(await answering.count()).toBe(0);
  expect(await page.getByRole("menu").count()).toBe(0);
});

test("suggestions leave the message that is answered in sight", async () => {
  const { page } = ann;
  await page.setViewportSize({ width: 390, height: 420 });
  await composer(page).pressSequentially("@b");
  const list = page.getByRole("listbox", { name: "Suggestions" });
  await list.waitFor();
  const box = await list.boundingBox();
  expect(box?.height).toBeLessThanOrEqual(0.35 * 420 + 1);
  await composer(page).fill("");
  await page.setViewportSize({ width: 390, height: 844 });
});

test("a chat's row opens its menu by a long press", async () => {
  const { page } = ann;
  await page.getByRole("button", { name: "Back" }).click();
  const row = page.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Fingers/ });
  await finger("Start", await middle(row));
  await page.getByRole("menu", { name: "Chat actions" }).waitFor();
  await finger("End");
  await page.waitForTimeout(200);
  await page.getByRole("menuitem", { name: "Mute" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
});
