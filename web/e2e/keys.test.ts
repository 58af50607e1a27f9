/** Using the app with the keyboard. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { composer, feed, makeGroup, type Person, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;

beforeAll(async () => {
  stage = await Stage.open();
  ann = await stage.person("Ann");
  for (const name of ["First", "Second"]) await makeGroup(ann, name, []);
  await ann.page.goto(await makeGroup(ann, "Third", []));
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const title = (name: string) => ann.page.getByRole("heading", { level: 1, name, exact: true });
const value = () => composer(ann.page).inputValue();

test("all keys are listed at a question mark", async () => {
  const { page } = ann;
  await title("Third").getByRole("button").focus();
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await list.getByText("Find chats, people, messages").waitFor();
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "hidden" });
});

test("a chat is found by its name, and its neighbours by arrows", async () => {
  const { page } = ann;
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sec");
  await page.keyboard.press("Enter");
  await title("Second").waitFor();
  await page.keyboard.press("Alt+ArrowDown");
  await title("First").waitFor();
  await page.keyboard.press("Alt+ArrowUp");
  await page.keyboard.press("Alt+ArrowUp");
  await title("Third").waitFor();
});

test("keys work the same when they come faster than the list is drawn", async () => {
  await ann.page.evaluate(() => {
    const press = (init: KeyboardEventInit) => {
      const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
      document.activeElement?.dispatchEvent(event);
    };
    press({ key: "k", ctrlKey: true });
    document.execCommand("insertText", false, "sec");
    press({ key: "Enter" });
  });
  await title("Second").waitFor();
  await ann.page.keyboard.press("Alt+ArrowUp");
  await title("Third").waitFor();
});

test("without an open chat there is a greeting, the shortcuts, and one button to start one", async () => {
  const { page } = ann;
  await page.goto("/");
  const main = page.getByRole("main");
  await main.getByRole("heading", { name: "Hello, Ann" }).waitFor();
  await main.getByText("Find chats, people, messages").waitFor();
  await page.getByRole("button", { name: "New chat" }).click();
  const asked = page.getByRole("dialog", { name: "New chat" });
  await asked.waitFor();
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "hidden" });
  await page.keyboard.press("Alt+ArrowDown");
  await title("Third").waitFor();
});

test("a panel opens and closes, and what is written stays", async () => {
  const { page } = ann;
  await composer(page).fill("half a thought");
  await page.keyboard.press("Control+Shift+F");
  const panel = page.getByRole("complementary");
  await panel.getByRole("searchbox").fill("word");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  expect(await value()).toBe("half a thought");
});

test("Escape and the back button lead from the settings to the chat of before", async () => {
  const { page } = ann;
  const open = async () => {
    await page.getByRole("button", { name: "Account menu" }).click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByRole("main").getByRole("link", { name: "Account" }).click();
    await page.waitForURL(/settings\/account/);
  };
  await open();
  await page.keyboard.press("Escape");
  await title("Third").waitFor();
  await open();
  await page.getByRole("main").getByRole("button", { name: "Back", exact: true }).click();
  await title("Third").waitFor();
});

test("letters go to the composer, even after a press on a message", async () => {
  const { page } = ann;
  await say(page, "Press here");
  await feed(page).getByText("Press here").click();
  await page.keyboard.type("perhaps");
  expect(await value()).toBe("perhaps");
  await composer(page).fill("");
});

test("a message that has keyboard focus takes letters as commands, but not with Control", async () => {
  const { page } = ann;
  await page.getByRole("heading", { level: 1 }).getByRole("button").focus();
  const message = feed(page).getByRole("article").filter({ hasText: "Press here" });
  while (!(await message.evaluate((each) => each === document.activeElement))) {
    await page.keyboard.press("Tab");
  }
  await message.press("Control+e");
  expect(await page.getByText("Editing").count()).toBe(0);
  await message.press("e");
  await page.getByText("Editing").waitFor();
  expect(await value()).toBe("Press here");
  await page.keyboard.press("Escape");
});
