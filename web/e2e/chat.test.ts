/** Two people exchange messages. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  allowClipboard,
  choose,
  composer,
  feed,
  message,
  openDirectRoom,
  type Person,
  Stage,
  say,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  await openDirectRoom(ann, bob);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const inList = ({ page }: Person, name: string) =>
  page.getByRole("list", { name: "Chats" }).getByRole("link", { name });

test("a message arrives, and its receipt comes back", async () => {
  await say(ann.page, "Hello **Bob**");
  await message(bob, "Hello Bob").waitFor();
  expect(await message(bob, "Hello Bob").locator("strong").textContent()).toBe("Bob");
  await message(ann, "Hello Bob").getByRole("img", { name: "Seen" }).waitFor();
  await inList(bob, "Ann").getByText("Hello Bob").waitFor();
});

test("the presence of the other person is shown in the room and in the list", async () => {
  await ann.page.getByText("Online", { exact: true }).first().waitFor();
  await inList(ann, "Bob").getByText("Online").waitFor();
});

test("typing shows, and ends with the message", async () => {
  await composer(bob.page).pressSequentially("Hm");
  await ann.page.getByText("Bob is typing").first().waitFor();
  // Where the room is not open, the list says it.
  expect(await inList(ann, "Bob").getByText("typing…").count()).toBe(0);
  await ann.page.getByRole("button", { name: "Account menu" }).click();
  await ann.page.getByRole("menuitem", { name: "Settings" }).click();
  await composer(bob.page).pressSequentially("m");
  await inList(ann, "Bob").getByText("typing…").waitFor();
  await ann.page.goBack();
  await composer(ann.page).waitFor();
  await composer(bob.page).press("Enter");
  await message(ann, "Hm").waitFor();
  await ann.page.getByText("Bob is typing").first().waitFor({ state: "hidden" });
});

test("a message is edited, and the last one by pressing an arrow", async () => {
  await say(ann.page, "Teh first one");
  await choose(ann, "Teh first one", "Edit");
  await composer(ann.page).fill("The first one");
  await composer(ann.page).press("Enter");
  await message(bob, "The first one").getByText("edited").waitFor();
  await composer(ann.page).press("ArrowUp");
  expect(await composer(ann.page).inputValue()).toBe("The first one");
  await composer(ann.page).fill("The very first one");
  await composer(ann.page).press("Enter");
  await message(bob, "The very first one").waitFor();
});

test("a message is deleted for both people", async () => {
  await say(ann.page, "Not this");
  await message(bob, "Not this").waitFor();
  await choose(ann, "Not this", "Delete");
  await ann.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await feed(bob.page).getByText("This message was deleted").waitFor();
  await message(bob, "Not this").waitFor({ state: "hidden" });
});

test("a reply quotes, and changes with what it quotes", async () => {
  await say(ann.page, "Shall we meet at nine?");
  await message(bob, "Shall we meet at nine?").waitFor();
  await choose(bob, "Shall we meet at nine?", "Reply");
  await bob.page.getByText("Replying to Ann").waitFor();
  await say(bob.page, "Fine with me");
  const quote = message(ann, "Fine with me").getByRole("button", { name: /In reply to/ });
  await quote.getByText("Shall we meet at nine?").waitFor();
  await choose(ann, "Shall we meet at nine?", "Edit");
  await say(ann.page, "Shall we meet at ten?");
  await message(bob, "Fine with me").getByText("Shall we meet at ten?").waitFor();
});

test("reactions come and go", async () => {
  await say(ann.page, "React to me");
  await message(bob, "React to me").waitFor();
  await choose(bob, "React to me", "React with 👍");
  const chip = message(ann, "React to me").getByRole("button", { name: /👍 1 reaction/ });
  await chip.click();
  await message(bob, "React to me")
    .getByRole("button", { name: /👍 2 reactions/ })
    .click();
  await chip.waitFor();
});

test("a message is pinned, found among the pins, and unpinned", async () => {
  await say(ann.page, "The door code is 1234");
  await choose(ann, "The door code is 1234", "Pin");
  const pin = message(bob, "The door code is 1234").getByRole("img", { name: "Pinned" });
  await pin.waitFor();
  await bob.page.getByRole("button", { name: "Pinned messages" }).click();
  const panel = bob.page.getByRole("complementary");
  await panel.getByText("The door code is 1234").waitFor();
  await choose(ann, "The door code is 1234", "Unpin");
  await panel.getByText("No pinned messages").waitFor();
  await pin.waitFor({ state: "hidden" });
  await panel.getByRole("button", { name: "Close" }).click();
});

test("a message's text and address can be copied", async () => {
  await allowClipboard(ann.context);
  const copied = () => ann.page.evaluate(() => navigator.clipboard.readText());
  await choose(ann, "React to me", "Copy text");
  await expect.poll(copied).toBe("React to me");
  await choose(ann, "React to me", "Copy link");
  await expect.poll(copied).toMatch(/\/rooms\/[^/]+\/\d+$/);
  await ann.page.goto(await copied());
  await message(ann, "React to me").waitFor();
});

test("two tabs of one person show the same, drafts too", async () => {
  const page = await ann.context.newPage();
  await page.goto(ann.page.url());
  await composer(page).waitFor();
  await say(page, "From the second tab");
  await message(ann, "From the second tab").waitFor();
  await message(bob, "From the second tab").waitFor();
  await say(bob.page, "To both of them");
  await message({ page }, "To both of them").waitFor();
  await message(ann, "To both of them").waitFor();
  await composer(page).fill("Half a thou");
  await expect.poll(() => composer(ann.page).inputValue()).toBe("Half a thou");
  await composer(ann.page).fill("");
  await expect.poll(() => composer(page).inputValue()).toBe("");
  await page.close();
});
