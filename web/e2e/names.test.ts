/** Names in either direction, with many marks, and of those who are suggested for a mention. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  composer,
  feed,
  makeGroup,
  message,
  type Person,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

const HEBREW = "דנה (כהן";
/** Letters with marks that would cover the lines above and below. */
const STACKED = `a${"\u0301\u0323".repeat(60)}`;

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

test("a name stands apart from the words beside it", async () => {
  await bob.call("PATCH", "/users/me", { display_name: HEBREW });
  const room = await makeGroup(ann, "Apart", [bob]);
  await ann.page.goto(room);
  const line = feed(ann.page).getByText("created the group with");
  await line.waitFor();
  await expect.poll(() => line.locator("bdi").allTextContents()).toEqual([HEBREW]);
  await bob.call("POST", `${room}/messages`, {
    client_id: crypto.randomUUID(),
    text: "said in English",
  });
  const row = ann.page.getByRole("link", { name: /Apart/ });
  await expect.poll(() => row.locator("bdi").allTextContents()).toContain(HEBREW);
  await expect.poll(() => row.locator("bdi").last().textContent()).toBe("said in English");
});

test("stacked marks stay within their lines", async () => {
  const room = await makeGroup(ann, "Stacked", [bob]);
  await ann.page.goto(room);
  await say(ann.page, `before ${STACKED} after`);
  const line = message(ann, "before").locator('[dir="auto"]').filter({ hasText: "after" }).first();
  // The message that is on its way is another element than the one that has arrived.
  await expect
    .poll(() => line.evaluate((element) => getComputedStyle(element).overflowY))
    .toBe("clip");
});

testInChromium(
  "of those whose names fit equally, whom one writes to most is suggested first",
  async () => {
    const word = `q${crypto.randomUUID().replace(/\D/g, "").slice(0, 4)}`;
    const [often, once] = [await stage.person("Eve"), await stage.person("Fay")];
    const room = await makeGroup(ann, "Equals", [often, once]);
    for (const [person, count] of [
      [often, 4],
      [once, 1],
    ] as const) {
      await person.call("PATCH", "/users/me", { display_name: word });
      const body = { kind: "direct", user_id: person.id };
      const { id } = await ann.call<{ id: string }>("POST", "/rooms", body);
      for (let n = 0; n < count; n++) {
        const said = { client_id: crypto.randomUUID(), text: `message ${n}` };
        await ann.call("POST", `/rooms/${id}/messages`, said);
      }
    }
    await ann.page.goto(room);
    await message(ann, /./).first().waitFor();
    await composer(ann.page).pressSequentially(`@${word}`);
    const options = ann.page.getByRole("listbox").getByRole("option");
    await expect.poll(() => options.count()).toBe(2);
    expect(await options.first().textContent()).toContain(often.username);
    await composer(ann.page).fill("");
  },
);

testInChromium("a message of nothing that can be seen cannot be sent", async () => {
  const room = await makeGroup(ann, "Nothing", [bob]);
  await ann.page.goto(room);
  await say(ann.page, "something");
  await message(ann, "something").waitFor();
  await composer(ann.page).fill("\u200b\u2800");
  await composer(ann.page).press("Enter");
  await say(ann.page, "\u200bsomething else");
  await message(ann, "something else").waitFor();
  expect(await feed(ann.page).getByRole("article").count()).toBe(3);
});

test("in a private room, members alone are suggested, and found without accents", async () => {
  const word = `Ł${crypto.randomUUID().replace(/\D/g, "").slice(0, 4)}`;
  const [member, other] = [await stage.person("Carl"), await stage.person("Dan")];
  for (const person of [member, other]) {
    await person.call("PATCH", "/users/me", { display_name: `The ${word}` });
  }
  const room = await makeGroup(ann, "Private", [member]);
  await ann.page.goto(room);
  await message(ann, /./).first().waitFor();
  const field = composer(ann.page);
  await field.pressSequentially(`@${word.replace("Ł", "l")}`);
  const options = ann.page.getByRole("listbox").getByRole("option");
  await expect.poll(() => options.count()).toBe(1);
  expect(await options.first().textContent()).toContain(member.username);

  await ann.call("PATCH", room, { visibility: "public" });
  await field.fill("");
  await field.pressSequentially(`@${word.replace("Ł", "L")}`);
  await expect.poll(() => options.count()).toBe(2);
  expect(await options.first().textContent()).toContain(member.username);
});
