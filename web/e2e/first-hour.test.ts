/** What somebody meets in the first hour: finding people, groups and messages, and starting chats. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  composer,
  dialog,
  feed,
  makeGroup,
  message,
  openDetails,
  type Person,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let cleo: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open({});
  [ann, bob, cleo] = await Promise.all([
    stage.person("Ann"),
    stage.person("Bob Brown"),
    stage.person("Cleo"),
  ]);
  room = await makeGroup(ann, "Garden", [bob]);
  const open = { kind: "group", name: "Open door", visibility: "public" };
  await cleo.call("POST", "/rooms", open);
});
beforeEach(() => ann.page.bringToFront());
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const focused = (each: Element) => each === document.activeElement;
const title = (name: string) => ann.page.getByRole("heading", { level: 1, name, exact: true });
const finder = () => ann.page.getByRole("searchbox", { name: "Find chats, people, messages" });

test("the menu of Mute is as wide as its words, in the panel of details", async () => {
  await ann.page.goto(room);
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Mute" }).click();
  const menu = ann.page.getByRole("menu", { name: "Mute" });
  await menu.waitFor();
  const box = await menu.boundingBox();
  expect(box?.width).toBeGreaterThan(150);
  expect(box?.width).toBeLessThan(320);
  await ann.page.keyboard.press("Escape");
});

test("a new chat begins in the search field, suggests people, and ends in the composer", async () => {
  const { page } = ann;
  await page.goto("/");
  await page.getByRole("button", { name: "New chat" }).first().click();
  const asked = dialog(page, "New chat");
  const field = asked.getByRole("searchbox");
  await expect.poll(() => field.evaluate(focused)).toBe(true);
  const suggested = asked.getByRole("listitem").getByRole("button");
  await suggested.filter({ hasText: "Bob Brown" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => suggested.first().evaluate(focused)).toBe(true);
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => field.evaluate(focused)).toBe(true);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await title("Bob Brown").waitFor();
  await asked.waitFor({ state: "hidden" });
  await expect.poll(() => composer(page).evaluate(focused)).toBe(true);
});

testInChromium(
  "Enter opens the chat with the first person found, however fast it was typed",
  async () => {
    const { page } = ann;
    await page.goto(room);
    await page.getByRole("button", { name: "New chat" }).first().click();
    await dialog(page, "New chat").waitFor();
    await page.keyboard.type(cleo.username);
    await page.keyboard.press("Enter");
    await title("Cleo").waitFor();
    await expect.poll(() => composer(page).evaluate(focused)).toBe(true);
  },
);

test("a new chat that is given up leads back to the composer", async () => {
  const { page } = ann;
  await page.goto(room);
  await composer(page).waitFor();
  const asked = dialog(page, "New chat");
  for (const end of [
    () => page.keyboard.press("Escape"),
    () => asked.getByRole("button", { name: "Close" }).click(),
  ]) {
    await page.getByRole("button", { name: "New chat" }).first().click();
    await asked.waitFor();
    await end();
    await asked.waitFor({ state: "hidden" });
    await expect.poll(() => composer(page).evaluate(focused)).toBe(true);
  }
});

test("Enter in the search for members picks a person, and creates no group", async () => {
  const { page } = ann;
  await page.goto("/");
  await page.getByRole("button", { name: "New chat" }).first().click();
  const asked = dialog(page, "New chat");
  await asked.getByRole("tab", { name: "Group", exact: true }).click();
  await asked.getByLabel("Group name").fill("Picnic");
  const field = asked.getByRole("searchbox");
  await field.fill(cleo.username);
  await field.press("Enter");
  await asked.getByRole("button", { name: "Remove Cleo" }).waitFor();
  expect(await field.inputValue()).toBe("");
  await field.press("Enter");
  expect(await asked.isVisible()).toBe(true);
  await asked.getByRole("button", { name: "Create group" }).click();
  await title("Picnic").waitFor();
  await expect.poll(() => composer(page).evaluate(focused)).toBe(true);
});

test("the finder finds chats, people, public groups and messages, and each leads on", async () => {
  const { page } = ann;
  await page.goto(room);
  await say(page, "The open gate squeaks");
  await message(ann, "squeaks").waitFor();
  await page.keyboard.press("Control+k");
  expect(await finder().evaluate(focused)).toBe(true);
  await page.keyboard.type("open");
  const section = (name: string) => page.getByRole("region", { name });
  await section("Messages")
    .getByRole("link", { name: /squeaks/ })
    .waitFor();
  const group = section("Public groups").getByRole("button", { name: /Open door/ });
  await group.click();
  await title("Open door").waitFor();
  expect(await finder().inputValue()).toBe("");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("squeaks");
  await page.keyboard.press("Enter");
  await title("Garden").waitFor();
  await feed(page).getByText("squeaks").waitFor();
  await expect.poll(() => finder().inputValue()).toBe("");

  const dora = await stage.person("Dora Déjà");
  await page.bringToFront();
  await page.keyboard.press("Control+k");
  await page.keyboard.type(dora.username);
  await section("People").getByRole("button", { name: /Dora/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await title("Dora Déjà").waitFor();
  await expect.poll(() => composer(page).evaluate(focused)).toBe(true);

  await page.keyboard.press("Control+k");
  await page.keyboard.type("deja");
  await section("Chats").getByRole("link", { name: /Dora/ }).waitFor();
  await page.keyboard.press("Escape");
  expect(await finder().inputValue()).toBe("");
});

testInChromium("a group that is found by Enter is joined by the next Enter only", async () => {
  const { page } = ann;
  await cleo.call("POST", "/rooms", { kind: "group", name: "Quartz", visibility: "public" });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("quartz");
  await page.keyboard.press("Enter");
  const row = page.getByRole("region", { name: "Public groups" }).getByRole("button");
  await expect.poll(() => row.evaluate(focused)).toBe(true);
  await page.keyboard.press("Enter");
  await title("Quartz").waitFor();
});

test("where nothing is found, the finder leads on", async () => {
  const { page } = ann;
  await finder().fill("zzyzx");
  await page.getByRole("heading", { name: "Nothing found for “zzyzx”" }).waitFor();
  await page.getByRole("navigation").getByRole("button", { name: "New chat" }).last().click();
  await dialog(page, "New chat").waitFor();
  await page.keyboard.press("Escape");
  await page.route("**/api/v1/users?*", (route) => route.abort());
  await finder().fill("zzyz");
  await page.getByText("People, groups and messages can’t be searched now.").waitFor();
  await page.unroute("**/api/v1/users?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Nothing found for “zzyz”" }).waitFor();
  await finder().fill("");
  stage.forgive(/ERR_FAILED/);
});
