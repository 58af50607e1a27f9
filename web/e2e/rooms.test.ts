/** Groups, their members, and how one gets in and out. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createGroup, feed, openRoom, type Person, Stage, say, startDirect } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const details = async ({ page }: Person) => {
  const panel = page.getByRole("complementary", { name: "Details" });
  if (!(await panel.isVisible())) await page.getByRole("button", { name: "Details" }).click();
  await panel.waitFor();
  return panel;
};

test("a group is made, its member hears of it, and both write in it", async () => {
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
  const panel = await details(ann);
  await panel.getByRole("button", { name: "What to do with Bob" }).click();
  await ann.page.getByRole("menuitem", { name: "Make admin" }).click();
  await panel.getByText("Admin").waitFor();
  const his = await details(bob);
  await his.getByText("Invitations").waitFor();
});

test("an invitation's link lets somebody in, also before they have signed in", async () => {
  const panel = await details(ann);
  await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await panel.getByRole("button", { name: "Make a link" }).click();
  await ann.page.getByRole("dialog").getByRole("button", { name: "Make a link" }).click();
  await panel.getByRole("button", { name: "Copy the link" }).waitFor();
  const link = await panel.locator("code").textContent();
  const eve = await stage.person("Eve");
  await eve.page.goto(`/invites/${link}`);
  await eve.page.getByRole("heading", { name: "Garden" }).waitFor();
  await eve.page.getByRole("button", { name: "Join the group" }).click();
  await eve.page.waitForURL(/\/rooms\//);
  await feed(ann.page).getByText("Eve joined").waitFor();
});

test("a member is removed", async () => {
  const panel = await details(ann);
  await panel.getByRole("button", { name: "What to do with Eve" }).click();
  await ann.page.getByRole("menuitem", { name: "Remove from the group" }).click();
  const sure = ann.page.getByRole("dialog", { name: "Remove from the group" });
  await sure.getByRole("button", { name: "Remove from the group" }).click();
  await feed(ann.page).getByText("You removed Eve").waitFor();
});

test("a group changes its name and topic", async () => {
  const panel = await details(ann);
  await panel.getByRole("button", { name: "Edit" }).click();
  const dialog = ann.page.getByRole("dialog", { name: "Edit the group" });
  await dialog.getByLabel("Name of the group").fill("Allotment");
  await dialog.getByLabel("What it is about").fill("Beds and bees");
  await dialog.getByRole("button", { name: "Save" }).click();
  await feed(bob.page).getByText("Ann named the group “Allotment”").waitFor();
  await bob.page.getByRole("heading", { name: "Allotment" }).first().waitFor();
});

test("a public group is found and joined, and left", async () => {
  await createGroup(ann, "Chess club", [], { open: true });
  await bob.page.getByRole("button", { name: "New chat" }).first().click();
  const dialog = bob.page.getByRole("dialog", { name: "New chat" });
  await dialog.getByRole("tab", { name: "Find a public group" }).click();
  await dialog.getByRole("searchbox").fill("Chess");
  await dialog.getByRole("button", { name: "Join" }).click();
  await feed(ann.page).getByText("Bob joined").waitFor();
  await bob.page.getByRole("heading", { name: "Chess club" }).first().waitFor();
  await bob.page.getByRole("complementary").waitFor({ state: "hidden" });
  const panel = await details(bob);
  await panel.getByRole("button", { name: "Leave the group" }).click();
  const sure = bob.page.getByRole("dialog", { name: "Leave the group" });
  await sure.getByRole("button", { name: "Leave the group" }).click();
  await feed(ann.page).getByText("Bob left").waitFor();
});

test("search finds a message, and leads to it", async () => {
  await openRoom(ann, "Allotment");
  await ann.page.getByRole("button", { name: "Search in this room" }).click();
  await ann.page.getByRole("searchbox", { name: "Search in messages" }).fill("tomat");
  const hit = ann.page.getByRole("complementary").getByRole("link", { name: /Tomatoes/ });
  await hit.getByText("Tomat").waitFor();
  await hit.click();
  await ann.page.waitForURL(/\/rooms\/[^/]+\/\d+/);
});

test("a mention is a notification, which leads to it", async () => {
  await openRoom(bob, "Allotment");
  await bob.page.goto("/");
  await say(ann.page, `@${bob.username} look at this`);
  await bob.page.getByRole("button", { name: /Notifications: \d+ new/ }).click();
  const row = bob.page.getByRole("complementary").getByRole("link", { name: /mentioned you/ });
  await row.first().click();
  await bob.page.getByText("look at this").last().waitFor();
});

test("who is blocked cannot write", async () => {
  const mallory = await stage.person("Mallory");
  await startDirect(mallory, ann);
  await say(mallory.page, "Hello!");
  await openRoom(ann, "Mallory");
  const panel = await details(ann);
  await panel.getByRole("button", { name: "Block" }).click();
  await ann.page
    .getByRole("dialog", { name: "Block" })
    .getByRole("button", { name: "Block" })
    .click();
  await panel.getByRole("button", { name: "Unblock" }).waitFor();
  await say(mallory.page, "Can you hear me?");
  await mallory.page.getByRole("alert").or(mallory.page.getByRole("note")).first().waitFor();
  stage.forgive(/403/);
  expect(await ann.page.getByText("Can you hear me?").count()).toBe(0);
});
