/** A long room: where it opens, how one moves in it, and that nothing moves on its own. */

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { feed, makeGroup, message, type Person, Stage } from "./stage.ts";

const COUNT = 300;
/** More messages than `sync` returns for one room, so the room starts over. */
const AWAY = 250;
let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Long", [bob]);
  await many(ann, COUNT);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

function write(by: Person, text: string, reply_to_seq?: number): Promise<unknown> {
  const body = { client_id: crypto.randomUUID(), text, reply_to_seq };
  return by.call("POST", `${room}/messages`, body);
}

async function many(by: Person, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 50) {
    await Promise.all(Array.from({ length: 50 }, () => write(by, "One of many")));
  }
}

const row = (page: Page, seq: number) => feed(page).locator(`[data-seq="${seq}"]`);

/** The distance of a row's top from the top of the viewport; null when it is out of sight. */
const place = (page: Page, seq: number): Promise<number | null> =>
  row(page, seq).evaluateAll(([line]) => {
    const view = line?.closest('[role="feed"]')?.parentElement?.getBoundingClientRect();
    const box = line?.getBoundingClientRect();
    if (!view || !box || box.bottom <= view.top || box.top >= view.bottom) return null;
    return Math.round(box.top - view.top);
  });

const inSight = (page: Page, seq: number) => expect.poll(() => place(page, seq)).not.toBeNull();

async function scroll(page: Page, by: number, until: () => Promise<boolean>): Promise<void> {
  await feed(page).hover();
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, by);
      return until();
    })
    .toBe(true);
}

test("a room opens at the first new message, and a button jumps to the latest", async () => {
  await bob.page.goto(room);
  await feed(bob.page).getByText("New messages", { exact: true }).waitFor();
  await inSight(bob.page, 2);
  await feed(bob.page).getByText("Today").waitFor();
  const latest = bob.page.getByRole("button", { name: "Jump to the latest messages" });
  await latest.getByText(/new messages/).waitFor();
  await latest.click();
  await inSight(bob.page, COUNT + 1);
  await latest.waitFor({ state: "hidden" });
  const unread = bob.page.getByRole("list", { name: "Chats" }).getByText("unread");
  await unread.waitFor({ state: "hidden" });
});

test("the members who have read up to a message are shown", async () => {
  await ann.page.goto(room);
  await row(ann.page, COUNT + 1)
    .getByText("Seen by Bob")
    .waitFor();
});

test("scrolling up loads page by page, and the reader's place stays while others write", async () => {
  const { page } = ann;
  await scroll(page, -4_000, () => row(page, 120).isVisible());
  const shown = await row(page, 120).evaluate((line) => {
    line.scrollIntoView({ block: "center" });
    return Number((line as HTMLElement).dataset.seq);
  });
  await inSight(page, shown);
  const latest = page.getByRole("button", { name: "Jump to the latest messages" });
  const before = await place(page, shown);
  for (const text of ["Do", "not", "disturb"]) await write(bob, text);
  await latest.getByText("3 new messages").waitFor();
  // Scroll positions are whole pixels, but heights of lines are not.
  expect(Math.abs(Number(await place(page, shown)) - Number(before))).toBeLessThanOrEqual(1);
  await latest.click();
  await message(ann, "disturb").waitFor();
  await inSight(page, COUNT + 4);
});

test("a reader who was away for long goes on where they were", async () => {
  const { page } = ann;
  await scroll(page, -400, () => row(page, 200).isVisible());
  const shown = await row(page, 200).evaluate((line) => {
    line.scrollIntoView({ block: "center" });
    return Number((line as HTMLElement).dataset.seq);
  });
  await inSight(page, shown);
  await row(page, shown - 40).waitFor();
  const before = await place(page, shown);
  await ann.context.setOffline(true);
  // The socket keeps receiving until the page has noticed that it is offline.
  await page.getByText("You are offline").first().waitFor();
  await many(bob, AWAY);
  await ann.context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  const latest = page.getByRole("button", { name: "Jump to the latest messages" });
  await latest.getByText(`${AWAY} new messages`).waitFor();
  await expect
    .poll(async () => Math.abs(Number(await place(page, shown)) - Number(before)))
    .toBeLessThanOrEqual(1);
  await latest.click();
  await inSight(page, COUNT + 4 + AWAY);
  stage.forgive(/ERR_INTERNET_DISCONNECTED|WebSocket|fetching the script/);
});

test("a search result far away is shown in its place in the room", async () => {
  await bob.call("PATCH", `${room}/me`, { notify: "all" });
  await ann.call("PATCH", `${room}/messages/40`, { text: "A platypus" });
  await bob.page.goto(`${room}?panel=search`);
  await bob.page.getByRole("searchbox", { name: "Search messages" }).fill("platyp");
  await bob.page
    .getByRole("complementary")
    .getByRole("link", { name: /platypus/ })
    .click();
  await bob.page.waitForURL(`**${room}/40*`);
  await inSight(bob.page, 40);
  await bob.page.getByRole("button", { name: "Jump to the latest messages" }).click();
  await inSight(bob.page, COUNT + 4 + AWAY);
});

test("a reply leads to its original, however far away that is", async () => {
  await write(bob, "As I said", 30);
  await message(ann, "As I said")
    .getByRole("button", { name: /In reply to/ })
    .click();
  await inSight(ann.page, 30);
});
