/** Files that are written without a connection, and files that the server does not take. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  attach,
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
  stage = await Stage.open({ LIMIT_MAX_UPLOAD_BYTES: "2000" });
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Writers", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
  // It keeps the page's files for a start without a network.
  await ann.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
});
afterEach(async (context) => {
  stage.forgive(/ERR_(INTERNET_DISCONNECTED|CONNECTION|FAILED)|WebSocket|413|fetching the script/);
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
  const large = { name: "large.txt", mimeType: "text/plain", buffer: Buffer.alloc(5_000, "x") };
  await attach(ann.page, large, note("small.txt"));
  await tray().getByText("That is too large.").waitFor();
  await say(ann.page, "What fits");
  await message(bob, "What fits").getByRole("link", { name: "Download small.txt" }).waitFor();
  await tray().getByText("large.txt").waitFor();
  await ann.page.getByText("Your message was sent without it.").waitFor();
  await tray().getByRole("button", { name: "Remove large.txt" }).click();
  // The same, when it is known only later.
  await away();
  await attach(ann.page, large);
  await say(ann.page, "Written offline");
  await say(ann.page, "And the next");
  await back();
  await message(bob, "Written offline").waitFor();
  await message(bob, "And the next").waitFor();
  expect(await message(bob, "Written offline").getByRole("link").count()).toBe(0);
  const left = message(ann, "Not sent. That is too large.");
  await left.getByRole("img", { name: "large.txt, waiting to be uploaded" }).waitFor();
  await left.getByRole("button", { name: "Delete" }).click();
  await left.waitFor({ state: "hidden" });
});
