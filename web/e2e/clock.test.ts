/** Time goes by: what is shown changes by itself when it is due, also after a sleep. */

import { afterAll, afterEach, beforeAll, test } from "vitest";
import { feed, makeGroup, message, type Person, Stage, say } from "./stage.ts";

const HOUR = 3_600_000;

let stage: Stage;
let ann: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  ann = await stage.person("Ann");
  room = await makeGroup(ann, "Clock", []);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const row = () =>
  ann.page.getByRole("list", { name: "Chats" }).getByRole("link", { name: /Clock/ });

test("at midnight, Today becomes Yesterday, in the room and in the list", async () => {
  const { page } = ann;
  await page.clock.install();
  await page.goto(room);
  await say(page, "Said today");
  await message(ann, "Said today").waitFor();
  await feed(page).getByText("Today", { exact: true }).waitFor();
  // Less than a night, as one long sleep, and not beyond the life of a token.
  const left = await page.evaluate(() => new Date().setHours(24, 0, 0, 0) - Date.now());
  await page.clock.setSystemTime(Date.now() + left + 60_000);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await feed(page).getByText("Yesterday", { exact: true }).waitFor();
  await row().getByText("Yesterday", { exact: true }).waitFor();
});

test("a mute ends by itself when it is due", async () => {
  const { page } = ann;
  await page.clock.setSystemTime(Date.now());
  const until = new Date(Date.now() + HOUR).toISOString();
  await ann.call("PATCH", `${room}/me`, { muted_until: until });
  await page.goto(`${room}?panel=details`);
  await row().getByLabel("Muted").waitFor();
  const panel = page.getByRole("complementary");
  await panel.getByText(/^Muted until/).waitFor();
  await page.clock.fastForward(HOUR - 60_000);
  await row().getByLabel("Muted").waitFor();
  await page.clock.fastForward(70_000);
  await row().getByLabel("Muted").waitFor({ state: "hidden" });
  await panel.getByRole("button", { name: "Mute" }).waitFor();
});
