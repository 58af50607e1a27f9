/** Invitation links: before signing in, without a network, and for those who are in already. */

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  composer,
  feed,
  makeGroup,
  PASSWORD,
  type Person,
  PHONE,
  Stage,
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;

/** The initials and names of who is in the group. Each test that joins somebody adds them. */
const members = ["AAnn", "BBob"];

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Garden", [bob]);
  await ann.call("PATCH", room, { topic: "Beds and bees" });
});
afterEach(async (context) => {
  stage.forgive(/404|ERR_INTERNET_DISCONNECTED/);
  await stage.check(context);
});
afterAll(() => stage?.close());

async function invite(limits: object = {}): Promise<string> {
  const made = await ann.call<{ code: string }>("POST", `${room}/invites`, limits);
  return `/#invite=${made.code}`;
}

/** Everything that a stranger is to know before they decide. */
async function seesTheGroup(page: Page): Promise<void> {
  await page.getByRole("heading", { name: "Garden" }).waitFor();
  await page.getByText("Ann invites you to join").waitFor();
  await page.getByText(`${members.length} members`).waitFor();
  await page.getByText("Beds and bees").waitFor();
  const faces = page.getByRole("list").getByRole("listitem");
  expect((await faces.allTextContents()).sort()).toEqual(members);
}

test("a stranger sees the group, signs up from there, and joins", async () => {
  const page = await stage.visitor(PHONE);
  await page.goto(await invite());
  await seesTheGroup(page);
  await page.getByRole("button", { name: "I have an account" }).waitFor();
  await page.getByRole("button", { name: "Create an account to join" }).click();
  await page.getByRole("heading", { name: "Create your account" }).waitFor();
  await page.goBack();
  await seesTheGroup(page);
  await page.getByRole("button", { name: "Create an account to join" }).click();
  const username = `eve_${process.pid}_${Date.now()}`;
  await page.getByLabel("Name", { exact: true }).fill("Eve");
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Email").fill(`${username}@example.com`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Join group" }).click();
  await feed(page).getByText("You joined").or(feed(page).getByText("Eve joined")).waitFor();
  members.push("EEve");
});

test("a code that works no more says so, and leads on", async () => {
  const page = await stage.visitor();
  await page.goto("/#invite=nobody-made-this-one");
  await page.getByText("This invitation no longer works").waitFor();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
});

testInChromium(
  "without a network it says that, and is shown when the network is back",
  async () => {
    const page = await stage.visitor();
    const link = await invite();
    await page.goto("/#invite=nobody-made-this-one");
    await page.getByText("no longer works").waitFor();
    await page.context().setOffline(true);
    await page.evaluate((to) => {
      location.hash = to;
    }, link.slice(1));
    await page.getByText("You are offline").waitFor();
    expect(await page.getByText("no longer works").count()).toBe(0);
    await page.context().setOffline(false);
    await seesTheGroup(page);
  },
);

test("a member goes straight in, even by a code that is used up", async () => {
  const { page } = bob;
  await page.goto(await invite());
  await page.waitForURL(`**${room}`);
  await composer(page).waitFor();
  const once = await invite({ max_uses: 1 });
  const eve = await stage.person("Eve");
  await eve.page.goto(once);
  await eve.page.getByRole("button", { name: "Join group" }).click();
  await eve.page.waitForURL(`**${room}`);
  await page.goto("/");
  await page.goto(once);
  await page.waitForURL(`**${room}`);
  await composer(page).waitFor();
});
