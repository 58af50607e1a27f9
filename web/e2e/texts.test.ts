/** Texts that are meant to freeze the page of everyone who reads them. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { hostileTexts } from "../src/timeline/hostile-texts.ts";
import { BARE, composer, feed, makeGroup, message, type Person, Stage, say } from "./stage.ts";

/** As many texts as are drawn at a time. */
const MANY = 40;
/** Milliseconds after which people take a page for broken. */
const PATIENCE = 10_000;

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  ann = await stage.person("Ann");
  bob = await stage.person("Bob");
});
afterAll(() => stage?.close());
afterEach((context) => stage.check(context));

/** Sends by HTTP. Resolves to null if the server refuses the text. */
async function write(room: string, text: string, more = {}): Promise<{ seq: number } | null> {
  const body = { client_id: crypto.randomUUID(), text, ...more };
  return bob.call<{ seq: number }>("POST", `${room}/messages`, body).catch(() => null);
}

const toLatest = ({ page }: Person) => page.getByRole("button", { name: /^Jump to the latest/ });

test("a room that contains them keeps working", { timeout: 240_000 }, async () => {
  const room = await makeGroup(ann, "Hostile", [bob]);
  await ann.page.goto(room);
  await composer(ann.page).waitFor();
  await write(room, "it begins");
  await message(ann, "it begins").waitFor();
  const texts = hostileTexts().map(([, text]) => text);
  let taken = 0;
  for (let at = 0; at < texts.length; at += MANY) {
    for (const text of texts.slice(at, at + MANY)) if (await write(room, text)) taken++;
    await write(room, `still here ${at}`);
    await message(ann, `still here ${at}`).waitFor({ timeout: PATIENCE });
  }
  expect(taken).toBeGreaterThan(texts.length * 0.9);
  await say(ann.page, "and I am");
  await message(ann, "and I am").waitFor({ timeout: PATIENCE });
  await ann.page.reload();
  await message(ann, "and I am").waitFor({ timeout: PATIENCE });
  await ann.page.keyboard.press("Escape");
  await feed(ann.page).getByRole("article").last().press("Home");
  await toLatest(ann).waitFor();
  await say(ann.page, "so am I");
  await message(ann, "so am I").waitFor({ timeout: PATIENCE });
});

test("they are shown in pins, quotes and search results too", async () => {
  const room = await makeGroup(ann, "Elsewhere", [bob]);
  const text = `flibber ${"- ".repeat(3_900)}`;
  const said = await write(room, text);
  await ann.page.goto(`${room}?panel=pins`);
  await message(ann, "flibber").waitFor();
  await ann.call("PUT", `${room}/messages/${said?.seq}/pin`);
  const pins = ann.page.getByRole("complementary");
  await pins.getByRole("link", { name: /flibber/ }).waitFor();
  await write(room, "an answer", { reply_to_seq: said?.seq });
  await toLatest(ann).click();
  await message(ann, "an answer")
    .getByText(/^flibber/)
    .waitFor();
  await ann.page.goto(`${room}?panel=search`);
  await ann.page.getByLabel("Search messages").fill("flibber");
  await ann.page.getByRole("listitem").filter({ hasText: "flibber" }).last().waitFor();
});

test("a message that cannot be rendered is shown as plain text, and breaks no other", async () => {
  const cat = await stage.person("Cat", BARE);
  const room = await makeGroup(ann, "One of many", [bob, cat]);
  // Simulates a failure in rendering one message, here by making the browser itself fail.
  await cat.page.addInitScript(() => {
    const split = String.prototype.split;
    Object.assign(String.prototype, {
      split(this: string, by: RegExp, most?: number) {
        const paragraphs = String(by) === "/\\n{2,}/";
        if (paragraphs && this.startsWith("break the row")) throw new Error("broken on purpose");
        return split.call(this, by, most);
      },
    });
  });
  await write(room, "before");
  await write(room, "break the row, please");
  await write(room, "after");
  await cat.page.goto(room);
  for (const text of ["before", "break the row, please", "after"]) {
    await message(cat, text).waitFor();
  }
  await say(cat.page, "all is well");
  await message(cat, "all is well").waitFor();
  stage.forgive(/broken on purpose/);
});
