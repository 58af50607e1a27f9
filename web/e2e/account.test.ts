/** Who one is, and where one is signed in. */

import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createGroup, type Person, Stage } from "./stage.ts";

let stage: Stage;
let ann: Person;

beforeAll(async () => {
  stage = await Stage.open();
  ann = await stage.person("Ann");
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

/** By Tab, forwards or around. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  const hasFocus = () => wanted.evaluate((each) => each === document.activeElement);
  for (let tries = 0; tries < 30; tries++) {
    if (await hasFocus()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not lead there");
}

test("one signs up, signs out and signs in, by the keyboard alone", async () => {
  const page = await stage.visitor();
  await page.goto("/sign-up");
  const given = {
    "E-mail": "keys@example.com",
    Username: "keys_only",
    Name: "Keys Only",
    Password: "correct horse battery",
  };
  for (const [label, value] of Object.entries(given)) {
    await tabTo(page, page.getByLabel(label, { exact: true }));
    await page.keyboard.type(value);
  }
  await page.keyboard.press("Enter");
  const menu = page.getByRole("button", { name: "You and your settings" });
  await menu.waitFor();
  await tabTo(page, menu);
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await page.getByLabel("E-mail or username").fill("keys_only");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await page.context().close();
});

test("what the server refuses stands at its field", async () => {
  const page = await stage.visitor();
  await page.goto("/sign-up");
  await page.getByLabel("E-mail").fill("other@example.com");
  await page.getByLabel("Username").fill(ann.username);
  await page.getByLabel("Name", { exact: true }).fill("Other");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect.poll(() => page.getByLabel("Username").getAttribute("aria-invalid")).toBe("true");
  stage.forgive(/409|422/);
  await page.context().close();
});

test("a link into a room survives signing in", async () => {
  await createGroup(ann, "Deep");
  const page = await stage.visitor();
  await page.goto(new URL(ann.page.url()).pathname);
  await page.getByLabel("E-mail or username").fill(ann.username);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/rooms\//);
  await page.getByRole("heading", { name: "Deep" }).waitFor();
  await page.context().close();
});

test("another session is ended, and its page says so", async () => {
  const page = await stage.visitor();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail or username").fill(ann.username);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await ann.page.goto("/settings/sessions");
  const others = ann.page.getByRole("button", { name: /^Sign out .+/ });
  await others.first().waitFor();
  for (let left = await others.count(); left > 0; left--) {
    await others.first().click();
    await expect.poll(() => others.count()).toBe(left - 1);
  }
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  stage.forgive(/401/);
  await page.context().close();
});

test("name, status and picture change, for others too", async () => {
  const bob = await stage.person("Bob");
  await createGroup(ann, "Seen by others", [bob]);
  await ann.page.goto("/settings/profile");
  await ann.page.getByLabel("Name", { exact: true }).fill("Ann the Great");
  await ann.page.getByRole("button", { name: "Save" }).last().click();
  await ann.page.getByRole("status").getByText("Saved").first().waitFor();
  const form = ann.page.getByRole("form", { name: "Status" });
  await form.getByRole("button", { name: "Emoji" }).click();
  const picker = ann.page.getByRole("dialog", { name: "Emoji" });
  await picker.getByRole("searchbox").fill("palm tree");
  await picker.getByRole("searchbox").press("Enter");
  await form.getByLabel("Status").fill("On holiday");
  await form.getByRole("button", { name: "Set the status" }).click();
  await form.getByRole("button", { name: "Clear the status" }).waitFor();
  await bob.page.goto("/");
  await bob.page.getByRole("link", { name: /Seen by others/ }).click();
  await bob.page.getByRole("button", { name: "Details" }).click();
  await bob.page
    .getByRole("button", { name: /Ann the Great/ })
    .first()
    .click();
  await bob.page.getByRole("dialog").getByText("On holiday").waitFor();
});

test("colours are chosen, and kept", async () => {
  await ann.page.goto("/settings/appearance");
  await ann.page.getByLabel("Colours").selectOption("dark");
  expect(await ann.page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  await ann.page.reload();
  await ann.page.getByLabel("Colours").waitFor();
  expect(await ann.page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
});
