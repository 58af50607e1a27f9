/** Large letters: whoever chooses 32 pixels can still read, write and press everything. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { composer, enlarge, feed, makeGroup, type Person, PHONE, Stage } from "./stage.ts";

let stage: Stage;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  bob = await stage.person("Bob", PHONE);
  room = await makeGroup(bob, "Letters", []);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

test("with letters of 32 pixels no emoji lies on another", async () => {
  const { page } = bob;
  await page.goto(room);
  await composer(page).waitFor();
  await enlarge(page);
  await page.getByRole("button", { name: "Insert an emoji" }).tap();
  const emoji = page.getByRole("button", { name: /^grinning face$/i });
  await emoji.first().waitFor();
  const wide = await emoji.first().evaluate((button) => {
    const drawn = document.createRange();
    drawn.selectNodeContents(button);
    return drawn.getBoundingClientRect().width - button.getBoundingClientRect().width;
  });
  expect(wide).toBeLessThanOrEqual(0);
  await page.keyboard.press("Escape");
});

test("with letters of 32 pixels no tab is cut", async () => {
  const { page } = bob;
  await page.goto("/");
  await enlarge(page);
  await page.getByRole("button", { name: "New chat" }).first().tap();
  const last = page.getByRole("dialog").getByRole("tab").last();
  await last.waitFor();
  const over = await last.evaluate((tab) => {
    const list = tab.closest("[role=tablist]")?.getBoundingClientRect();
    return tab.getBoundingClientRect().right - (list?.right ?? 0);
  });
  expect(over).toBeLessThanOrEqual(0);
  await page.keyboard.press("Escape");
});

test("with letters of 32 pixels one can still read and write", async () => {
  const { page } = bob;
  await page.goto(room);
  await composer(page).waitFor();
  await enlarge(page);
  await composer(page).fill("I can read this");
  await page.getByRole("button", { name: "Send", exact: true }).tap();
  await feed(page).getByText("I can read this").waitFor();
  const field = await composer(page).boundingBox();
  expect(field?.width).toBeGreaterThan(80);
});
