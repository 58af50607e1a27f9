/** Lost connections, crashed servers, and databases restored from a backup. */

import { cp, rm } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { composer, feed, message, openDirectRoom, type Person, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open({});
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  await openDirectRoom(ann, bob);
});
afterEach(async (context) => {
  stage.forgive(
    /ERR_(INTERNET_DISCONNECTED|CONNECTION|EMPTY_RESPONSE)|WebSocket|fetching the script/,
  );
  await stage.check(context);
});
afterAll(() => stage?.close());

/** The messages in order, without the time that follows on the same line. */
async function texts(page: Page, pattern: RegExp): Promise<string[]> {
  const all = await feed(page).locator("p").allTextContents();
  return all.filter((line) => pattern.test(line)).map((line) => line.replace(/\.[^.]*$/, ""));
}

/**
 * Reports that the network is back, as the browser would, so that nobody waits for the next
 * attempt.
 */
const nudge = (...people: Person[]) =>
  Promise.all(people.map(({ page }) => page.evaluate(() => dispatchEvent(new Event("online")))));

test("50 messages missed and 3 written offline are all there, once and in order, in both tabs", async () => {
  const second = await ann.context.newPage();
  await second.goto(ann.page.url());
  await composer(second).waitFor();
  await ann.context.setOffline(true);
  for (let n = 1; n <= 50; n++) await say(bob.page, `missed ${n}.`);
  await message(bob, "missed 50.").waitFor();
  await say(ann.page, "written 1.");
  await say(ann.page, "written 2.");
  await say(second, "written 3.");
  await ann.page.getByText("You are offline.").first().waitFor();
  await ann.page.getByRole("img", { name: "Sending…" }).first().waitFor();
  await ann.context.setOffline(false);
  for (const text of ["written 2.", "written 3."]) await message(bob, text).waitFor();
  await nudge(ann);
  const missed = Array.from({ length: 50 }, (_, at) => `missed ${at + 1}`);
  for (const page of [ann.page, second, bob.page]) {
    const first = feed(page).getByRole("article").first();
    const back = () => first.scrollIntoViewIfNeeded().then(() => texts(page, /^missed/));
    await expect.poll(back).toEqual(missed);
    await page.getByRole("button", { name: "Jump to the latest messages" }).click();
    await expect
      .poll(async () => (await texts(page, /^written/)).sort())
      .toEqual(["written 1", "written 2", "written 3"]);
  }
  const order = (await texts(bob.page, /^written/)).filter((text) => !text.endsWith("3"));
  expect(order).toEqual(["written 1", "written 2"]);
  await second.close();
});

test("when a server is killed and restarted, nothing is lost or duplicated", async () => {
  await stage.server.kill();
  for (const { page } of [ann, bob]) await page.getByText("No connection.").first().waitFor();
  await say(ann.page, "while it was away.");
  await stage.server.start();
  await nudge(ann, bob);
  await message(bob, "while it was away.").waitFor();
  await say(bob.page, "and back.");
  await message(ann, "and back.").waitFor();
  for (const { page } of [ann, bob]) {
    expect(await texts(page, /away|back/)).toEqual(["while it was away", "and back"]);
    await page.getByText("No connection.").first().waitFor({ state: "hidden" });
  }
});

test("a database restored from a backup is noticed, and its state is shown", async () => {
  const { server } = stage;
  const backup = `${server.folder}-backup`;
  await say(ann.page, "in the backup.");
  await message(bob, "in the backup.").waitFor();
  await server.kill("SIGTERM");
  await cp(server.folder, backup, { recursive: true });
  await server.start();
  await nudge(ann, bob);
  await say(ann.page, "after the backup.");
  await message(bob, "after the backup.").waitFor();
  await server.kill("SIGTERM");
  await rm(server.folder, { recursive: true });
  await cp(backup, server.folder, { recursive: true });
  await server.run("new-epoch");
  await server.start();
  await nudge(ann, bob);
  for (const person of [ann, bob]) {
    await message(person, "after the backup.").waitFor({ state: "hidden" });
    await message(person, "in the backup.").waitFor();
  }
  await say(bob.page, "a new beginning.");
  await message(ann, "a new beginning.").waitFor();
  await ann.page.reload();
  await message(ann, "a new beginning.").waitFor();
  await expect.poll(() => texts(ann.page, /backup/)).toEqual(["in the backup"]);
  await rm(backup, { recursive: true });
});
