/** Rooms that cannot be shown: one was removed, they were deleted, or they were never loaded. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  allowClipboard,
  BARE,
  composer,
  feed,
  makeGroup,
  type Person,
  PHONE,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let phone: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob, phone] = await Promise.all([
    stage.person("Ann"),
    stage.person("Bob", BARE),
    stage.person("Pat", PHONE),
  ]);
});
afterEach(async (context) => {
  stage.forgive(/ERR_INTERNET_DISCONNECTED|WebSocket|fetching the script|can’t establish/);
  await stage.check(context);
});
afterAll(() => stage?.close());

test("who is removed while looking at a group is told, keeps what was written, and goes on", async () => {
  const { page } = bob;
  const room = await makeGroup(ann, "Garden", [bob, phone]);
  await page.goto(`${room}?panel=details`);
  await phone.page.goto(`${room}?panel=details`);
  await composer(page).fill("Half a thought");
  await phone.page.getByRole("heading", { name: "Details" }).waitFor();
  for (const one of [bob, phone]) await ann.call("DELETE", `${room}/members/${one.id}`);
  for (const each of [page, phone.page]) {
    const told = each.getByRole("alert");
    await told.getByRole("heading", { name: "You were removed from Garden" }).waitFor();
    await each.getByRole("heading", { name: "Details" }).waitFor({ state: "hidden" });
  }
  await allowClipboard(page.context());
  await page.getByRole("button", { name: "Copy what you were writing" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("Half a thought");
  await page.getByRole("button", { name: "Go to my chats" }).click();
  await page.waitForURL("**/");
});

testInChromium("who is removed from a public group can join it again", async () => {
  const room = await makeGroup(ann, "Square", [bob]);
  await ann.call("PATCH", room, { visibility: "public" });
  await bob.page.goto(room);
  await composer(bob.page).waitFor();
  await ann.call("DELETE", `${room}/members/${bob.id}`);
  await bob.page.getByRole("button", { name: "Join again" }).click();
  await composer(bob.page).waitFor();
});

test("a group that is deleted while somebody looks at it says so", async () => {
  const room = await makeGroup(ann, "Shed", [bob]);
  await bob.page.goto(room);
  await composer(bob.page).waitFor();
  await ann.call("DELETE", room);
  await bob.page.getByRole("heading", { name: "Shed was deleted" }).waitFor();
  await bob.page.getByRole("button", { name: "Go to my chats" }).waitFor();
});

test("who was removed while away is told when they are back", async () => {
  const room = await makeGroup(ann, "Pond", [bob]);
  await bob.page.goto(room);
  await composer(bob.page).waitFor();
  await bob.context.setOffline(true);
  await bob.page.getByText("You are offline.").first().waitFor();
  await ann.call("DELETE", `${room}/members/${bob.id}`);
  await bob.context.setOffline(false);
  await bob.page.evaluate(() => dispatchEvent(new Event("online")));
  await bob.page.getByRole("heading", { name: "You are no longer in Pond" }).waitFor();
});

test("a room that is loading shows a skeleton, and never that it is missing or empty", async () => {
  const { page } = bob;
  const room = await makeGroup(ann, "Library", [bob]);
  for (const n of [1, 2, 3]) {
    await ann.call("POST", `${room}/messages`, {
      client_id: crypto.randomUUID(),
      text: `book ${n}`,
    });
  }
  await page.goto("about:blank");
  // Whatever is shown on the way is noted, however short.
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(globalThis, { seen });
    new MutationObserver(() => {
      for (const each of document.querySelectorAll("h2, [role=status][aria-label]")) {
        seen.add(each.getAttribute("aria-label") ?? each.textContent ?? "");
      }
    }).observe(document, { subtree: true, childList: true });
  });
  await page.goto(room);
  await feed(page).getByText("book 3").waitFor();
  const seen = await page.evaluate(() => [
    ...(globalThis as unknown as { seen: Set<string> }).seen,
  ]);
  expect(seen).toContain("Loading messages…");
  expect(seen).not.toContain("Chat not found");
  expect(seen).not.toContain("No messages yet");
});

test("a link to the only message that is known of a room opens it there", async () => {
  const room = await makeGroup(ann, "Cellar", [bob]);
  const body = { client_id: crypto.randomUUID(), text: "down the stairs" };
  const { seq } = await ann.call<{ seq: number }>("POST", `${room}/messages`, body);
  await bob.page.goto(`${room}/${seq}`);
  await feed(bob.page).getByText("down the stairs").waitFor();
});

test("a room that was never opened says so while offline, and is there afterwards", async () => {
  const { page } = ann;
  const room = await makeGroup(bob, "Attic", [ann]);
  const text = "under the roof";
  await bob.call("POST", `${room}/messages`, { client_id: crypto.randomUUID(), text });
  await bob.call("POST", `${room}/messages`, { client_id: crypto.randomUUID(), text: "last" });
  await page.goto("/");
  const row = page.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Attic/ });
  await row.getByText("last").waitFor();
  await ann.context.setOffline(true);
  await page.getByText("You are offline.").first().waitFor();
  await row.click();
  await page.getByText("This chat has not been opened on this device before.").waitFor();
  expect(await page.getByText("No messages yet").count()).toBe(0);
  await page.evaluate(() =>
    history.pushState(null, "", "/rooms/0190b2f0-0000-7000-8000-000000000000"),
  );
  await page.evaluate(() => dispatchEvent(new PopStateEvent("popstate")));
  await page.getByRole("heading", { name: "Not on this device yet" }).waitFor();
  await page.goBack();
  await ann.context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await feed(page).getByText(text).waitFor();
  await say(page, "found");
});
