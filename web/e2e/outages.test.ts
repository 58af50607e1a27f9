/** Lines that are cut, and servers that die. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { feed, meet, type Person, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open({ ACCESS_TOKEN_TTL: "90" });
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  await meet(ann, bob);
});
afterEach(async (context) => {
  stage.forgive(/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket/);
  await stage.check(context);
});
afterAll(() => stage?.close());

const texts = async ({ page }: Person, pattern: RegExp): Promise<string[]> => {
  const all = await feed(page).locator("p").allTextContents();
  // The time stands in the same line.
  return all.filter((line) => pattern.test(line)).map((line) => line.replace(/\d+:\d\d.*$/, ""));
};

test("50 messages missed and 3 written offline are all there, once and in order", async () => {
  await ann.context.setOffline(true);
  for (let n = 1; n <= 50; n++) await say(bob.page, `missed ${n}.`);
  await bob.page.getByText("missed 50.").last().waitFor();
  for (let n = 1; n <= 3; n++) await say(ann.page, `written ${n}.`);
  await ann.page.getByRole("img", { name: "Sending…" }).first().waitFor();
  await ann.context.setOffline(false);
  await bob.page.getByText("written 3.").last().waitFor();
  const all = Array.from({ length: 50 }, (_, at) => `missed ${at + 1}.`);
  const own = [1, 2, 3].map((n) => `written ${n}.`);
  await expect.poll(() => texts(bob, /^written/)).toEqual(own);
  await expect
    .poll(async () => (await texts(ann, /^missed|^written/)).slice(-10))
    .toEqual([...all, ...own].slice(-10));
});

test("a server that is killed and comes back is noticed, and nothing is lost or doubled", async () => {
  await stage.server.kill();
  await ann.page
    .getByRole("status")
    .filter({ hasText: /No connection|offline/ })
    .first()
    .waitFor();
  await say(ann.page, "while it was away");
  await stage.server.start();
  await bob.page.getByText("while it was away").last().waitFor({ timeout: 40_000 });
  await say(bob.page, "and back");
  await ann.page.getByText("and back").last().waitFor();
  expect(await texts(bob, /^while it was away/)).toHaveLength(1);
});
