/** Blocks, deleted accounts and invitations: what people can do with each other. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  composer,
  dialog,
  feed,
  makeGroup,
  message,
  openDetails,
  openDirectRoom,
  openRoom,
  PASSWORD,
  type Person,
  Stage,
  say,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

async function startDirect({ page }: Person, other: Person): Promise<void> {
  await page.getByRole("button", { name: "New chat" }).first().click();
  const asked = dialog(page, "New chat");
  await asked.getByRole("searchbox").fill(other.username);
  await asked.getByRole("button", { name: other.name }).click();
  await asked.waitFor({ state: "hidden" });
  await composer(page).waitFor();
}

test("a blocked user is told so, and can send again when the block is over", async () => {
  const mallory = await stage.person("Mallory");
  await startDirect(mallory, ann);
  await say(mallory.page, "Hello!");
  await openRoom(ann, "Mallory");
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Block" }).click();
  await dialog(ann.page, "Block").getByRole("button", { name: "Block" }).click();
  await ann.page.getByText("You can’t message each other").waitFor();
  await say(mallory.page, "Can you hear me?");
  const failed = mallory.page.getByRole("alert").filter({ hasText: "Not sent." });
  await failed.getByText("One of you has blocked the other.").waitFor();
  expect(await message(ann, "Can you hear me?").count()).toBe(0);
  await ann.page.goto("/settings/privacy");
  await ann.page.getByRole("main").getByText("Mallory", { exact: true }).waitFor();
  await ann.page.getByRole("button", { name: "Unblock" }).click();
  await ann.page.getByText("You haven’t blocked anyone.").waitFor();
  await failed.getByRole("button", { name: "Try again" }).click();
  await openRoom(ann, "Mallory");
  await message(ann, "Can you hear me?").waitFor();
});

test("a deleted account is shown as such, and cannot be messaged", async () => {
  const dora = await stage.person("Dora");
  const room = await makeGroup(ann, "Farewell", [dora, bob]);
  await openDirectRoom(dora, ann);
  await say(dora.page, "Goodbye");
  await message(ann, "Goodbye").waitFor();
  await dora.page.goto("/settings/account");
  await dora.page.getByRole("button", { name: "Delete account" }).click();
  const sure = dialog(dora.page, "Delete account");
  await sure.getByLabel("Confirm with your password").fill(PASSWORD);
  await sure.getByRole("button", { name: "Delete my account" }).click();
  await dora.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await ann.page.getByText("This account was deleted. Its messages are kept.").waitFor();
  await ann.page.getByRole("heading", { name: "Deleted account" }).waitFor();
  await message(ann, "Goodbye").waitFor();
  await ann.page.goto(room);
  await feed(ann.page).getByText("Deleted account left").waitFor();
  stage.forgive(/401/);
});

test("somebody who cannot be added to a group is invited", async () => {
  const [gil, hal] = [await stage.person("Gil"), await stage.person("Hal")];
  await hal.page.goto("/settings/privacy");
  const choice = hal.page.getByLabel("Who can add you to groups");
  await choice.selectOption("nobody");
  await hal.page.reload();
  await expect.poll(() => choice.inputValue()).toBe("nobody");
  const room = await makeGroup(gil, "By invitation", [hal]);
  await hal.page.goto("/?panel=notifications");
  await hal.page.getByText("Gil invited you to By invitation").waitFor();
  await hal.page.getByRole("button", { name: "Join By invitation" }).click();
  await hal.page.waitForURL((url) => url.pathname === room);
  await hal.page.getByRole("heading", { name: "By invitation" }).waitFor();
});
