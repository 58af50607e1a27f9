/** Accounts, profiles and sessions. */

import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { dialog, makeGroup, PASSWORD, type Person, Stage } from "./stage.ts";

let stage: Stage;
let ann: Person;

beforeAll(async () => {
  stage = await Stage.open();
  ann = await stage.person("Ann");
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

async function signIn(page: Page, { username }: Person, password = PASSWORD): Promise<void> {
  await page.getByLabel("Email or username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  const hasFocus = () => wanted.evaluate((each) => each === document.activeElement);
  for (let tries = 0; tries < 30; tries++) {
    if (await hasFocus()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not lead there");
}

test("signing up, out and in works with the keyboard alone", async () => {
  const page = await stage.visitor();
  await page.bringToFront();
  await page.goto("/sign-up");
  const given = {
    Email: "keys@example.com",
    Username: "keys_only",
    Name: "Keys Only",
    Password: PASSWORD,
  };
  for (const [label, value] of Object.entries(given)) {
    await tabTo(page, page.getByLabel(label, { exact: true }));
    await page.keyboard.type(value);
  }
  await page.keyboard.press("Enter");
  const menu = page.getByRole("button", { name: "Account menu" });
  await menu.waitFor();
  await tabTo(page, menu);
  await page.keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await page.getByLabel("Email or username").fill("keys_only");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await page.context().close();
});

test("before the first sign-in, the server is asked what it offers, and nothing fails", async () => {
  const page = await stage.visitor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await page.waitForLoadState("networkidle");
  expect(asked.filter((path) => /^\/(api|socket\.io)/.test(path))).toEqual(["/api/v1/config"]);
  await page.context().close();
});

test("a refusal by the server is shown at its field", async () => {
  const page = await stage.visitor();
  await page.goto("/sign-up");
  await page.getByLabel("Email").fill("other@example.com");
  await page.getByLabel("Username").fill(ann.username);
  await page.getByLabel("Name", { exact: true }).fill("Other");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect.poll(() => page.getByLabel("Username").getAttribute("aria-invalid")).toBe("true");
  stage.forgive(/409|422/);
  await page.context().close();
});

test("obvious mistakes are shown at their fields before the server is asked, until they are corrected", async () => {
  const page = await stage.visitor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/sign-up");
  const field = (label: string) => page.getByLabel(label, { exact: true });
  const press = () => page.getByRole("button", { name: "Create account" }).click();
  const said = (label: string) =>
    field(label).evaluate(
      (each) =>
        each.ariaInvalid === "true" &&
        document.getElementById(each.getAttribute("aria-describedby") ?? "")?.textContent,
    );
  await press();
  await expect.poll(() => said("Name")).toBe("Please fill in this field.");
  expect(await field("Name").evaluate((each) => each === document.activeElement)).toBe(true);
  await field("Name").fill("Ann");
  await field("Username").fill("-ann");
  await field("Email").fill("ann at home");
  await field("Password").fill("short");
  await press();
  await expect.poll(() => said("Username")).toMatch(/^Use letters, digits/);
  expect(await field("Username").evaluate((each) => each === document.activeElement)).toBe(true);
  expect(await said("Email")).toMatch(/^Enter an email address/);
  expect(await said("Password")).toBe("Use at least 8 characters.");
  await field("Username").fill("ann");
  await expect.poll(() => said("Username")).toBe(false);
  expect(await said("Email")).toMatch(/^Enter an email address/);
  expect(asked.filter((path) => path.startsWith("/api"))).toEqual(["/api/v1/config"]);
  await page.context().close();
});

test("a link to a room is followed after signing in", async () => {
  const room = await makeGroup(ann, "Deep", []);
  const page = await stage.visitor();
  await page.goto(room);
  await signIn(page, ann);
  await page.waitForURL(/\/rooms\//);
  await page.getByRole("heading", { name: "Deep" }).waitFor();
  await page.context().close();
});

test("another session is ended, and its page says so", async () => {
  const page = await stage.visitor();
  await page.goto("/sign-in");
  await signIn(page, ann);
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await ann.page.goto("/settings/sessions");
  const others = ann.page.getByRole("listitem").getByRole("button", { name: /^Sign out .+/ });
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
  const room = await makeGroup(ann, "Seen by others", [bob]);
  await ann.page.goto("/settings/profile");
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
  const face = { name: "me.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") };
  await ann.page.getByLabel("Your picture").setInputFiles(face);
  await ann.page.getByRole("button", { name: "Use picture" }).click();
  await ann.page.getByRole("button", { name: "Remove picture" }).waitFor();
  await ann.page.getByLabel("Name", { exact: true }).fill("Ann the Great");
  await ann.page.getByRole("button", { name: "Save" }).last().click();
  await ann.page.getByRole("status").getByText("Saved").first().waitFor();
  const form = ann.page.getByRole("form", { name: "Status" });
  await form.getByRole("button", { name: "Emoji" }).click();
  const picker = ann.page.getByRole("dialog", { name: "Emoji" });
  await picker.getByRole("searchbox").fill("palm tree");
  await picker.getByRole("searchbox").press("Enter");
  await form.getByLabel("Status").fill("On holiday");
  await form.getByRole("button", { name: "Set status" }).click();
  await form.getByRole("button", { name: "Clear status" }).waitFor();
  await bob.page.goto(`${room}?panel=details`);
  const row = bob.page.getByRole("button", { name: /Ann the Great/ }).first();
  await row.click();
  const card = dialog(bob.page, "Profile");
  await card.getByText("On holiday").waitFor();
  const loaded = (image: HTMLImageElement) => image.complete && image.naturalWidth > 0;
  await expect.poll(() => card.locator("img").evaluate(loaded)).toBe(true);
});

test("the password changes, and other devices are signed out", async () => {
  const carl = await stage.person("Carl");
  const page = await stage.visitor();
  await page.goto("/sign-in");
  await signIn(page, carl);
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await page.goto("/settings/account");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password").fill("another horse");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Password changed.").waitFor();
  await carl.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await signIn(carl.page, carl);
  await carl.page.getByText("Incorrect email, username or password.").waitFor();
  await signIn(carl.page, carl, "another horse");
  await carl.page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  stage.forgive(/401/);
  await page.context().close();
});

test("errors about a password are shown at its field", async () => {
  const eve = await stage.person("Eve");
  const { page } = eve;
  await page.goto("/settings/account");
  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("another horse");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Incorrect password.").waitFor();
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Use at least 8 characters.").waitFor();
  await page.getByLabel("New password").fill(`my ${eve.username}`);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Must not contain your username").waitFor();
  stage.forgive(/401|422/);
});

test("all other devices are signed out at once", async () => {
  const page = await stage.visitor();
  await page.goto("/sign-in");
  await signIn(page, ann);
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await ann.page.goto("/settings/sessions");
  await ann.page.getByText("127.0.0.1").first().waitFor();
  await ann.page.getByRole("button", { name: "Sign out all other devices" }).click();
  await ann.page.getByText("All other devices have been signed out").waitFor();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await ann.page.getByText("This device").waitFor();
  stage.forgive(/401/);
  await page.context().close();
});

test("a theme is chosen, and kept", async () => {
  await ann.page.goto("/settings/appearance");
  await ann.page.getByLabel("Theme").selectOption("dark");
  expect(await ann.page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  await ann.page.reload();
  await ann.page.getByLabel("Theme").waitFor();
  expect(await ann.page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
});
