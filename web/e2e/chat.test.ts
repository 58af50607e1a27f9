/** Two people and their messages. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { composer, meet, type Person, Stage, say } from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  await meetOnce();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

async function meetOnce(): Promise<void> {
  await meet(ann, bob);
}

const messages = (person: Person) => person.page.getByRole("feed", { name: "Messages" });
const message = (person: Person, text: string) =>
  messages(person).getByRole("article").filter({ hasText: text });

async function choose(person: Person, text: string, item: string): Promise<void> {
  const row = message(person, text);
  await row.focus();
  await row.press("Enter");
  await person.page.getByRole("menuitem", { name: item, exact: true }).click();
}

test("what one writes the other reads, and its receipt comes back", async () => {
  await say(ann.page, "Hello **Bob**");
  await message(bob, "Hello Bob").waitFor();
  expect(await message(bob, "Hello Bob").locator("strong").textContent()).toBe("Bob");
  await message(ann, "Hello Bob").getByRole("img", { name: "Seen" }).waitFor();
});

test("typing shows, and ends with the message", async () => {
  await composer(bob.page).pressSequentially("Hm");
  await ann.page.getByText("Bob is typing").first().waitFor();
  await composer(bob.page).press("Enter");
  await message(ann, "Hm").waitFor();
  await ann.page.getByText("Bob is typing").first().waitFor({ state: "hidden" });
});

test("a message is edited", async () => {
  await say(ann.page, "Teh first one");
  await choose(ann, "Teh first one", "Edit");
  await composer(ann.page).fill("The first one");
  await composer(ann.page).press("Enter");
  await message(bob, "The first one").getByText("edited").waitFor();
});

test("a message is deleted, for both", async () => {
  await say(ann.page, "Not this");
  await message(bob, "Not this").waitFor();
  await choose(ann, "Not this", "Delete");
  await ann.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await messages(bob).getByText("This message was deleted").waitFor();
  await message(bob, "Not this").waitFor({ state: "hidden" });
});

test("a reply quotes, and its quote leads to the original", async () => {
  await say(ann.page, "Shall we meet at nine?");
  await message(bob, "Shall we meet at nine?").waitFor();
  await choose(bob, "Shall we meet at nine?", "Reply");
  await bob.page.getByText("Replying to Ann").waitFor();
  await say(bob.page, "Yes, at nine");
  const quote = message(ann, "Yes, at nine").getByRole("button", { name: /In reply to/ });
  await quote.click();
  await ann.page.waitForURL(/\/rooms\/[^/]+\/\d+|\/rooms\//);
});

test("reactions come and go", async () => {
  await say(ann.page, "React to me");
  const row = message(bob, "React to me");
  await row.waitFor();
  await row.focus();
  await row.press("Enter");
  await bob.page.getByRole("menuitem", { name: "React with 👍" }).click();
  const chip = message(ann, "React to me").getByRole("button", { name: /👍 1 reaction/ });
  await chip.click();
  await message(bob, "React to me")
    .getByRole("button", { name: /👍 2 reactions/ })
    .click();
  await message(ann, "React to me")
    .getByRole("button", { name: /👍 1 reaction/ })
    .waitFor();
});

test("a message is pinned, and found among the pins", async () => {
  await say(ann.page, "The door code is 1234");
  await choose(ann, "The door code is 1234", "Pin");
  await message(bob, "The door code is 1234").getByRole("img", { name: "Pinned" }).waitFor();
  await bob.page.getByRole("button", { name: "Pinned messages" }).click();
  await bob.page.getByRole("complementary").getByText("The door code is 1234").waitFor();
  await bob.page.getByRole("complementary").getByRole("button", { name: "Close" }).click();
});

test("pictures and files arrive, and a picture opens", async () => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    "base64",
  );
  await ann.page.locator('input[type="file"]').setInputFiles([
    { name: "dot.png", mimeType: "image/png", buffer: png },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("some notes") },
  ]);
  await ann.page.getByRole("list", { name: "Files to send" }).getByText("notes.txt").waitFor();
  await ann.page.getByRole("progressbar").first().waitFor({ state: "hidden" });
  await say(ann.page, "Two files");
  const row = message(bob, "Two files");
  await row.getByRole("link", { name: /Download notes\.txt/ }).waitFor();
  await row.getByRole("button", { name: "View dot.png" }).click();
  await bob.page.getByRole("dialog", { name: /dot\.png/ }).waitFor();
  await bob.page.keyboard.press("Escape");
  await bob.page.getByRole("dialog").waitFor({ state: "hidden" });
});

test("a draft is kept while one looks elsewhere", async () => {
  await composer(ann.page).fill("Half a thou");
  await ann.page.goto("/settings/profile");
  await ann.page.goBack();
  await composer(ann.page).waitFor();
  await expect.poll(() => composer(ann.page).inputValue()).toBe("Half a thou");
  await composer(ann.page).fill("");
});

test("two tabs of one person show the same", async () => {
  const second = await stage.tab(ann);
  await second.goto(ann.page.url());
  await composer(second).waitFor();
  await say(second, "From the second tab");
  await message(ann, "From the second tab").waitFor();
  await message(bob, "From the second tab").waitFor();
  await second.close();
});
