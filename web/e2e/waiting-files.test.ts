/** Files that are written without a connection, and files that the server does not take. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  attach,
  BARE,
  composer,
  feed,
  makeGroup,
  message,
  note,
  type Person,
  Stage,
  say,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Writers", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
  // It keeps the page's files for a start without a network.
  await ann.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
});
afterEach(async (context) => {
  stage.forgive(
    /ERR_(INTERNET_DISCONNECTED|CONNECTION|FAILED)|WebSocket|507|fetching the script|can’t establish a connection|while the page was loading/,
  );
  await stage.check(context);
});
afterAll(() => stage?.close());

const tray = () => ann.page.getByRole("list", { name: "Files to send" });

async function back(): Promise<void> {
  await ann.context.setOffline(false);
  await ann.page.evaluate(() => dispatchEvent(new Event("online")));
}

async function away(): Promise<void> {
  await ann.context.setOffline(true);
  await ann.page.getByText("You are offline.").first().waitFor();
}

test("files written offline wait like texts, and go out once and in order when back", async () => {
  await away();
  await attach(ann.page, note("one.txt"));
  await say(ann.page, "With a file");
  await say(ann.page, "And a text");
  const waiting = message(ann, "With a file");
  await waiting.getByRole("img", { name: "one.txt, waiting to be uploaded" }).waitFor();
  expect(await tray().count()).toBe(0);
  await back();
  await message(bob, "And a text").waitFor();
  await message(bob, "With a file").getByRole("link", { name: "Download one.txt" }).waitFor();
  const said = await feed(bob.page).locator("p").allTextContents();
  const own = said.filter((line) => /^(With a file|And a text)/.test(line));
  expect(own.map((line) => line.slice(0, 10))).toEqual(["With a fil", "And a text"]);
  await waiting.getByRole("link", { name: "Download one.txt" }).waitFor();
});

test("they outlive the page", async () => {
  await away();
  await attach(ann.page, note("kept.txt"));
  await say(ann.page, "To be kept");
  await message(ann, "To be kept").waitFor();
  await ann.page.reload();
  await message(ann, "To be kept")
    .getByRole("img", { name: "kept.txt, waiting to be uploaded" })
    .waitFor();
  await back();
  await message(bob, "To be kept").getByRole("link", { name: "Download kept.txt" }).waitFor();
  await message(ann, "To be kept").getByRole("link", { name: "Download kept.txt" }).waitFor();
});

test("a text goes out without the file that the server refuses, which stays and says why", async () => {
  const eve = await stage.person("Eve", BARE);
  await ann.call("POST", `${room}/members`, { user_ids: [eve.id] });
  // As a server answers whose disk is full: the library's own tests have one that refuses.
  const full = { type: "about:blank", title: "full", status: 507, code: "storage_full" };
  const body = JSON.stringify({ ...full, detail: "There is no space left." });
  const answer = { status: 507, contentType: "application/problem+json", body };
  await eve.page.route("**/api/v1/attachments", (route) => route.fulfill(answer));
  await eve.page.goto(room);
  await composer(eve.page).waitFor();
  const files = eve.page.getByRole("list", { name: "Files to send" });
  await attach(eve.page, note("refused.txt"));
  await files.getByRole("alert").getByText("Your storage space is full.").waitFor();
  await eve.page.unroute("**/api/v1/attachments");
  await attach(eve.page, note("small.txt"));
  await say(eve.page, "What fits");
  await message(bob, "What fits").getByRole("link", { name: "Download small.txt" }).waitFor();
  await files.getByText("refused.txt").waitFor();
  await eve.page.getByText("Your message was sent without it.").waitFor();
  await files.getByRole("button", { name: "Remove refused.txt" }).click();
});
