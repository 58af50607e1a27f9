/** What texts look like when they are read: code, tasks, mentions, and the parser that comes late. */

import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  allowClipboard,
  attach,
  BARE,
  choose,
  composer,
  feed,
  focusByKey,
  makeGroup,
  message,
  type Person,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

/** One grey pixel. */
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann", BARE), stage.person("Bob")]);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

/** Sends a message as Bob. */
function write(room: string, text: string, more = {}): Promise<{ seq: number }> {
  return bob.call("POST", `${room}/messages`, { client_id: crypto.randomUUID(), text, ...more });
}

/** The names of the scripts that a page has loaded. */
function scripts({ page }: Person): Promise<readonly string[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => /assets\/([\w-]+)-[\w-]{8}\.js$/.exec(name)?.[1] ?? "")
      .filter(Boolean),
  );
}

/** Where the last line stands in the viewport. */
async function bottomOf(person: Person, text: string): Promise<number> {
  const box = await message(person, text).boundingBox();
  return box ? Math.round(box.y + box.height) : Number.NaN;
}

test("the numbers of a list have room", async () => {
  const room = await makeGroup(bob, "Numbers", [ann]);
  await write(room, "9. nine\n10. ten");
  await write(room, "1000. thousandth");
  await ann.page.goto(room);
  for (const [text, longest] of [
    ["nine", "10. "],
    ["thousandth", "1000. "],
  ] as const) {
    const list = message(ann, text).getByRole("list");
    await list.waitFor();
    const [width, needed] = await list.evaluate((element, longest) => {
      const { fontSize, fontFamily, paddingInlineStart } = getComputedStyle(element);
      const brush = document.createElement("canvas").getContext("2d");
      if (brush) brush.font = `${fontSize} ${fontFamily}`;
      return [Number.parseFloat(paddingInlineStart), brush?.measureText(longest).width];
    }, longest);
    expect(width).toBeGreaterThanOrEqual(needed ?? Number.NaN);
  }
});

test("a room of plain texts needs no parser, and the first text with marks is drawn once", async () => {
  const room = await makeGroup(ann, "Plain", [bob]);
  for (let n = 0; n < 30; n++) await write(room, `plain ${n}\nand a second line`);
  await ann.page.goto(room);
  await message(ann, "plain 29").waitFor();
  expect(await scripts(ann)).not.toContain("parse");

  // Every state in which a row was drawn, from the moment in which the parser is asked for.
  await feed(ann.page).evaluate((list) => {
    const seen: string[] = [];
    new MutationObserver(() => {
      const text = list.lastElementChild?.querySelector("p, li")?.textContent ?? "";
      if (seen.at(-1) !== text) seen.push(text);
    }).observe(list, { childList: true, subtree: true, characterData: true });
    Object.assign(globalThis, { seen });
  });
  let asked = false;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await ann.page.route("**/assets/parse-*.js", async (route) => {
    asked = true;
    await held;
    await route.continue();
  });
  const before = await bottomOf(ann, "plain 29");
  await write(room, "- **one**\n- two\n- three");
  await expect.poll(() => asked).toBe(true);
  expect(await bottomOf(ann, "plain 29")).toBe(before);
  release();
  await message(ann, "three").getByRole("listitem").first().waitFor();
  const seen = await ann.page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
  expect(seen.filter((text) => text.includes("**"))).toEqual([]);
  await ann.page.unroute("**/assets/parse-*.js");
});

testInChromium(
  "a room opened with marked texts waits for the parser, and is shown without it if it cannot come",
  async () => {
    const room = await makeGroup(ann, "Marked", [bob]);
    for (let n = 0; n < 30; n++) await write(room, `- **marked ${n}**\n- more`);
    await ann.page.goto("/");
    await ann.page.route("**/assets/parse-*.js", (route) => route.abort());
    await ann.page.goto(room);
    await message(ann, "- **marked 29**").waitFor();
    await ann.page.unroute("**/assets/parse-*.js");
    await say(ann.page, "**again**");
    await message(ann, "again").locator("strong").waitFor();
    await message(ann, "marked 29").locator("strong").waitFor();
    stage.forgive(/parse-/);
  },
);

const linesOf = async (code: Locator) => (await code.textContent())?.split("\n");

test("code has colours and a language, is copied whole, and long code is folded", async () => {
  const room = await makeGroup(ann, "Code", [bob]);
  await allowClipboard(ann.context);
  await ann.page.goto(room);
  const lines = Array.from({ length: 40 }, (_, n) => `const line${n} = "${n}"; // note`);
  await write(room, `See\n\`\`\`js\n${lines.join("\n")}\n\`\`\``);
  const block = message(ann, "See").getByRole("figure", { name: "Code in js" });
  await block.getByText("js", { exact: true }).waitFor();
  await block.locator("code span").first().waitFor();
  const colours = await block
    .locator("code span")
    .evaluateAll(
      (spans) => new Set(spans.slice(0, 4).map((span) => getComputedStyle(span).color)).size,
    );
  expect(colours).toBeGreaterThan(2);
  const code = block.locator("code");
  expect(await linesOf(code)).toHaveLength(25);
  await block.getByRole("button", { name: "Copy code" }).click();
  const copied = await ann.page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(lines.join("\n"));
  await block.getByRole("button", { name: "Show all 40 lines" }).click();
  expect(await linesOf(code)).toHaveLength(40);
  await block.getByRole("button", { name: "Show less" }).click();
  expect(await linesOf(code)).toHaveLength(25);
  await write(room, "Short\n```\nplain\n```");
  const short = message(ann, "Short").getByRole("figure", { name: "Code", exact: true });
  await short.getByRole("button", { name: "Copy code" }).waitFor();
  expect(await short.getByRole("button", { name: /^Show/ }).count()).toBe(0);
});

test("mentions and paths are read as they are meant", async () => {
  const room = await makeGroup(ann, "Grammar", [bob]);
  await ann.page.goto(room);
  const name = ann.username;
  await write(room, `first 你好@${name}-- and \`@${name}\`, https://a.example/@${name}`);
  const said = message(ann, "first");
  await said.getByRole("button", { name: `@${name}` }).waitFor();
  expect(await said.getByRole("button", { name: `@${name}` }).count()).toBe(1);
  await write(room, "second \\\\server\\share ¯\\_(ツ)_/¯");
  await message(ann, "second \\\\server\\share ¯\\_(ツ)_/¯").waitFor();
  await write(room, "- [ ] third\n- [x] **fourth**");
  const task = message(ann, "third").getByRole("listitem").filter({ hasText: "fourth" });
  await task.getByRole("img", { name: "Done" }).waitFor();
  const [box, words] = await Promise.all([
    task.getByRole("img").boundingBox(),
    task.locator("strong").boundingBox(),
  ]);
  expect(Math.abs((box?.y ?? 0) - (words?.y ?? 99))).toBeLessThan(12);
  await composer(ann.page).fill("");
});

test("names of emoji become emoji when they are sent, also offline and in edits, but not in code", async () => {
  const room = await makeGroup(ann, "Party", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
  await say(ann.page, "we won :tada: `:tada:` 12:30:45");
  await message(ann, "we won 🎉").locator("code").getByText(":tada:").waitFor();
  await message(ann, "🎉").getByText("12:30:45").waitFor();
  await choose(ann, "we won", "Edit");
  await say(ann.page, "we lost :cry:");
  await message(ann, "we lost 😢").waitFor();
  await ann.context.setOffline(true);
  await say(ann.page, "later :+1:");
  await message(ann, "later 👍").waitFor();
  await ann.context.setOffline(false);
  await message(bob, "later 👍").waitFor();
  stage.forgive(/ERR_INTERNET_DISCONNECTED/);
});

test("an answer to a picture says so, while it is sent and ever after", async () => {
  const room = await makeGroup(ann, "Pictures", [bob]);
  await ann.page.goto(room);
  await composer(ann.page).waitFor();
  await attach(ann.page, { name: "lake.png", mimeType: "image/png", buffer: PICTURE });
  await ann.page.getByRole("list", { name: "Files to send" }).waitFor();
  await composer(ann.page).press("Enter");
  await feed(ann.page)
    .getByRole("button", { name: /lake\.png/ })
    .waitFor();
  await bob.page.goto(room);
  const row = feed(bob.page)
    .getByRole("article")
    .filter({ has: bob.page.getByRole("button", { name: /lake/ }) });
  await focusByKey(row);
  await row.press("r");
  await say(bob.page, "how nice");
  for (const each of [bob, ann]) {
    await message(each, "how nice")
      .getByRole("button", { name: /In reply to.*Picture/ })
      .waitFor();
  }
  await ann.page.reload();
  await message(ann, "how nice")
    .getByRole("button", { name: /In reply to.*Picture/ })
    .waitFor();
});

test("hits, previews and answers are plain text", async () => {
  const room = await makeGroup(ann, "Plainly", [bob]);
  const { seq } = await write(room, "so **xylophone** `a_b` [here](https://a.example/)");
  await write(room, "what?", { reply_to_seq: seq });
  await write(room, "> _last_ **xylophone**");
  await ann.page.goto(room);
  const shown = "so xylophone a_b here";
  await message(ann, "what?").getByRole("button", { name: shown }).waitFor();
  const chats = ann.page.getByRole("list", { name: "Chats" });
  await chats.getByText("last xylophone").waitFor();
  await ann.page.goto(`${room}?panel=search`);
  await ann.page.getByLabel("Search messages").fill("xylophone");
  const hit = ann.page.getByRole("listitem").filter({ hasText: shown });
  await hit.locator("mark").getByText("xylophone", { exact: true }).waitFor();
});
