/** Groups, their members, joining and leaving. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  allowClipboard,
  composer,
  dialog,
  feed,
  openDetails,
  openRoom,
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

async function createGroup(
  { page }: Person,
  name: string,
  members: readonly Person[] = [],
  { open = false } = {},
): Promise<void> {
  await page.getByRole("button", { name: "New chat" }).first().click();
  const asked = dialog(page, "New chat");
  await asked.getByRole("tab", { name: "Group", exact: true }).click();
  await asked.getByLabel("Group name").fill(name);
  if (open) await asked.getByRole("switch").check();
  for (const member of members) {
    await asked.getByRole("searchbox").fill(member.username);
    await asked.getByRole("button", { name: member.name, pressed: false }).click();
  }
  await asked.getByRole("button", { name: "Create group" }).click();
  await page.getByRole("heading", { name, exact: true }).first().waitFor();
  await page.waitForURL(/\/rooms\//);
  await composer(page).waitFor();
}

test("a new group appears at its member, and both write in it", async () => {
  await createGroup(ann, "Garden", [bob]);
  await openRoom(bob, "Garden");
  await feed(bob.page).getByText("Ann created the group with you").waitFor();
  await say(bob.page, "Tomatoes?");
  await ann.page.getByText("Tomatoes?").last().waitFor();
  await feed(ann.page).getByRole("button", { name: "Profile of Bob" }).click();
  const card = ann.page.getByRole("dialog", { name: "Profile" });
  await card.getByText(`@${bob.username}`).waitFor();
  await card.getByRole("button", { name: "Close" }).click();
});

test("an unread badge counts, and goes when one reads", async () => {
  await bob.page.goto("/");
  await say(ann.page, "One");
  await say(ann.page, "Two");
  const row = bob.page.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Garden/ });
  await row.getByText("2 unread messages").waitFor();
  await row.click();
  await row.getByText("unread").waitFor({ state: "hidden" });
});

test("roles are given, and shown", async () => {
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Actions for Bob" }).click();
  await ann.page.getByRole("menuitem", { name: "Make admin" }).click();
  await panel.getByText("Admin").waitFor();
  const his = await openDetails(bob);
  await his.getByText("Invite links").waitFor();
});

test("an invite link lets somebody in", async () => {
  const panel = await openDetails(ann);
  await allowClipboard(ann.context);
  await panel.getByRole("button", { name: "Create link" }).click();
  await ann.page.getByRole("dialog").getByRole("button", { name: "Create link" }).click();
  await panel.getByRole("button", { name: "Copy link" }).waitFor();
  const link = await panel.locator("code").textContent();
  const eve = await stage.person("Eve");
  await eve.page.goto(`/invites/${link}`);
  await eve.page.getByRole("heading", { name: "Garden" }).waitFor();
  await eve.page.getByRole("button", { name: "Join group" }).click();
  await eve.page.waitForURL(/\/rooms\//);
  await feed(ann.page).getByText("Eve joined").waitFor();
});

test("a member is removed", async () => {
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Actions for Eve" }).click();
  await ann.page.getByRole("menuitem", { name: "Remove from group" }).click();
  const sure = ann.page.getByRole("dialog", { name: "Remove from group" });
  await sure.getByRole("button", { name: "Remove from group" }).click();
  await feed(ann.page).getByText("You removed Eve").waitFor();
});

test("a group changes its name and topic", async () => {
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Edit" }).click();
  const dialog = ann.page.getByRole("dialog", { name: "Edit group" });
  await dialog.getByLabel("Group name").fill("Allotment");
  await dialog.getByLabel("Description").fill("Beds and bees");
  await dialog.getByRole("button", { name: "Save" }).click();
  await feed(bob.page).getByText("Ann renamed the group to “Allotment”").waitFor();
  await bob.page.getByRole("heading", { name: "Allotment" }).first().waitFor();
});

test("a public group is found and joined, and left", async () => {
  await createGroup(ann, "Chess club", [], { open: true });
  await bob.page.getByRole("button", { name: "New chat" }).first().click();
  const dialog = bob.page.getByRole("dialog", { name: "New chat" });
  await dialog.getByRole("tab", { name: "Public groups" }).click();
  await dialog.getByRole("searchbox").fill("Chess");
  await dialog.getByRole("button", { name: "Join" }).click();
  await feed(ann.page).getByText("Bob joined").waitFor();
  await bob.page.getByRole("heading", { name: "Chess club" }).first().waitFor();
  await bob.page.getByRole("complementary").waitFor({ state: "hidden" });
  const panel = await openDetails(bob);
  await panel.getByRole("button", { name: "Leave group" }).click();
  const sure = bob.page.getByRole("dialog", { name: "Leave group" });
  await sure.getByRole("button", { name: "Leave group" }).click();
  await feed(ann.page).getByText("Bob left").waitFor();
});

test("search finds messages in one room or all, by one person or anyone", async () => {
  await openRoom(ann, "Allotment");
  await ann.page.getByRole("button", { name: "Search this chat" }).click();
  const panel = ann.page.getByRole("complementary");
  await panel.getByRole("searchbox").fill("tomat");
  const hits = panel.getByRole("link", { name: /Tomatoes/ });
  await hits.waitFor();
  await panel.getByLabel("From", { exact: true }).selectOption({ label: "Ann" });
  await panel.getByText("No results").waitFor();
  await panel.getByLabel("From", { exact: true }).selectOption({ label: "Bob" });
  await hits.waitFor();
  await panel.getByLabel("In", { exact: true }).selectOption({ label: "All chats" });
  await panel.getByRole("searchbox").fill('"no such phrase"');
  await panel.getByText("No results").waitFor();
});

test("chats are found by their names", async () => {
  const { page } = bob;
  await page.getByRole("searchbox", { name: "Find chats, people, messages" }).fill("allot");
  const list = page.getByRole("list", { name: "Chats" });
  await list.getByRole("link", { name: /Allotment/ }).waitFor();
  await page
    .getByRole("searchbox", { name: "Find chats, people, messages" })
    .fill("nothing like it");
  await page.getByRole("heading", { name: "Nothing found for “nothing like it”" }).waitFor();
  await page.getByRole("searchbox", { name: "Find chats, people, messages" }).fill("");
});

test("a room is muted, and counts quietly", async () => {
  const panel = await openDetails(ann);
  await panel.getByLabel("Notifications").selectOption({ label: "Mentions and replies" });
  await panel.getByRole("button", { name: "Mute" }).click();
  await ann.page.getByRole("menuitem", { name: "Until I turn it back on" }).click();
  const row = ann.page
    .getByRole("list", { name: "Chats" })
    .getByRole("link", { name: /Allotment/ });
  await row.getByLabel("Muted").waitFor();
  await panel.getByRole("button", { name: "Unmute" }).click();
  await row.getByLabel("Muted").waitFor({ state: "hidden" });
});

test("a chat's row has a menu: by the mouse, by keys and by its button", async () => {
  const { page } = bob;
  await page.goto("/");
  await say(ann.page, "Something unread");
  const row = page.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Allotment/ });
  await row.getByText("unread message").waitFor();
  const item = (name: string) => page.getByRole("menuitem", { name, exact: true });
  await row.click({ button: "right" });
  await item("Mark as read").click();
  await row.getByText("unread message").waitFor({ state: "hidden" });
  await row.focus();
  await page.keyboard.press("Shift+F10");
  await item("Mute").press("Enter");
  await row.getByLabel("Muted").waitFor();
  expect(await row.evaluate((each) => each === document.activeElement)).toBe(true);
  await row.hover();
  await page.getByRole("button", { name: "Chat actions" }).click();
  await item("Unmute").click();
  await row.getByLabel("Muted").waitFor({ state: "hidden" });
  await row.click({ button: "right" });
  await item("Leave group").click();
  const sure = dialog(page, "Leave group");
  await sure.getByRole("button", { name: "Cancel" }).click();
  await sure.waitFor({ state: "hidden" });
  await row.click({ button: "right" });
  await item("Details").click();
  await page.getByRole("complementary").getByRole("heading", { name: "Details" }).waitFor();
});

test("a mention is a notification, which leads to it", async () => {
  await openRoom(bob, "Allotment");
  await bob.page.goto("/");
  await say(ann.page, `@${bob.username} look at this`);
  await bob.page.getByRole("button", { name: /Notifications: \d+ new/ }).click();
  const row = bob.page.getByRole("complementary").getByRole("link", { name: /mentioned you/ });
  await row.first().waitFor();
  await bob.page.reload();
  await row.first().click();
  await bob.page.getByText("look at this").last().waitFor();
});

test("a group is handed over, and its last owner may leave", async () => {
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Actions for Bob" }).click();
  await ann.page.getByRole("menuitem", { name: "Transfer ownership" }).click();
  const sure = dialog(ann.page, "Transfer ownership");
  await sure.getByRole("button", { name: "Transfer ownership" }).click();
  const his = await openDetails(bob);
  await his.getByRole("button", { name: "Delete group" }).waitFor();
  await his.getByRole("button", { name: "Delete group" }).click();
  await dialog(bob.page, "Delete group").getByRole("button", { name: "Delete group" }).click();
  const list = ann.page.getByRole("list", { name: "Chats" });
  await list.getByRole("link", { name: /Allotment/ }).waitFor({ state: "hidden" });
  await ann.page.getByRole("heading", { name: "Allotment was deleted" }).waitFor();
});
