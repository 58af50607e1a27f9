/** Access tokens that expire after seconds. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BARE, message, openDirectRoom, type Person, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open({ ACCESS_TOKEN_TTL: "6" });
  [ann, bob] = await Promise.all([stage.person("Ann", BARE), stage.person("Bob", BARE)]);
  await openDirectRoom(ann, bob);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const renewed = ({ page }: Person) =>
  page.waitForResponse((answer) => answer.url().endsWith("/auth/refresh") && answer.ok());

test("when tokens expire, the same socket goes on working", async () => {
  const { page } = ann;
  let sockets = 0;
  page.on("websocket", () => sockets++);
  await page.reload();
  await say(page, "With the first token");
  for (const text of ["With the second", "With the third"]) {
    await renewed(ann);
    await say(bob.page, text);
    await message(ann, text).waitFor();
  }
  await say(page, "All is well");
  await message(bob, "All is well").waitFor();
  await page.getByRole("button", { name: "Search this chat" }).click();
  await page.getByRole("searchbox", { name: "Search messages" }).fill("third");
  await page.getByRole("complementary").getByRole("link", { name: /third/ }).waitFor();
  expect(sockets).toBe(1);
});

test("when a token expires and no other can be fetched, nothing is lost", async () => {
  const { page } = ann;
  await page.route("**/auth/refresh", (route) => route.abort());
  await page
    .getByText("No connection. Your messages will be sent when you are connected again.")
    .waitFor();
  await say(bob.page, "You cannot hear this");
  await say(page, "Nor you this");
  await message(bob, "You cannot hear this").waitFor();
  await page.unroute("**/auth/refresh");
  await page.getByRole("button", { name: "Try now" }).click();
  await message(ann, "You cannot hear this").waitFor();
  await message(bob, "Nor you this").waitFor();
  for (const person of [ann, bob]) {
    expect(await message(person, /cannot hear this|Nor you this/).count()).toBe(2);
  }
  stage.forgive(/ERR_FAILED/);
});
