/** Writing messages, with files, emoji and drafts. */

import type { Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  attach,
  BARE,
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
let other: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann", BARE), stage.person("Bob")]);
  room = await makeGroup(ann, "Writers", [bob]);
  other = await makeGroup(ann, "Elsewhere", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const tray = (page: Page) => page.getByRole("list", { name: "Files to send" });
const value = () => composer(ann.page).inputValue();

/** Holds back uploads until the returned function is called. */
async function hold(page: Page): Promise<() => Promise<void>> {
  const held: Route[] = [];
  await page.route("**/api/v1/attachments", (route) => void held.push(route));
  return async () => {
    await expect.poll(() => held.length).toBeGreaterThan(0);
    for (const route of held) await route.continue();
    await page.unroute("**/api/v1/attachments");
  };
}

/** Does what a browser does when files are pasted, dragged or dropped. */
function give(page: Page, type: "paste" | "dragover" | "drop", name: string): Promise<void> {
  return composer(page).evaluate(
    (field, [type, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["some notes"], name, { type: "text/plain" }));
      const init = { bubbles: true, cancelable: true };
      const event =
        type === "paste"
          ? new ClipboardEvent(type, { ...init, clipboardData: data })
          : new DragEvent(type, { ...init, dataTransfer: data });
      field.dispatchEvent(event);
    },
    [type, name] as const,
  );
}

test("files are pasted and dropped, and removed again", async () => {
  const { page } = ann;
  await give(page, "paste", "pasted.txt");
  await tray(page).getByText("pasted.txt").waitFor();
  await give(page, "dragover", "dropped.txt");
  await page.getByText("Drop files to attach them").waitFor();
  await give(page, "drop", "dropped.txt");
  await page.getByText("Drop files to attach them").waitFor({ state: "hidden" });
  await attach(page, note("picked.txt"));
  await tray(page).getByRole("button", { name: "Remove picked.txt" }).click();
  await tray(page).getByText("picked.txt").waitFor({ state: "hidden" });
  await say(page, "Two files");
  for (const name of ["pasted.txt", "dropped.txt"]) {
    await message(bob, "Two files")
      .getByRole("link", { name: `Download ${name}` })
      .waitFor();
  }
  expect(await message(bob, "Two files").getByRole("link").count()).toBe(2);
});

test("Enter sends once the files are uploaded, even if another room is open by then", async () => {
  const { page } = ann;
  const letGo = await hold(page);
  await attach(page, note("slow.txt"));
  await tray(page).getByRole("progressbar").waitFor();
  await say(page, "With a slow file");
  await page.getByText("Your message will be sent when its files are uploaded").waitFor();
  await page.getByRole("list", { name: "Chats" }).getByRole("link", { name: "Elsewhere" }).click();
  await page.waitForURL(`**${other}`);
  await letGo();
  await message(bob, "With a slow file").getByRole("link", { name: "Download slow.txt" }).waitFor();
  await page.goBack();
  await message(ann, "With a slow file").waitFor();
  expect([await value(), await tray(page).count()]).toEqual(["", 0]);
});

test("a message that waits for its files can be changed before it is sent", async () => {
  const { page } = ann;
  const letGo = await hold(page);
  await attach(page, note("later.txt"));
  await say(page, "Not yet");
  const waiting = page.getByText("Your message will be sent when its files are uploaded");
  await waiting.waitFor();
  await composer(page).press("Escape");
  await waiting.waitFor({ state: "hidden" });
  await letGo();
  await tray(page).getByRole("progressbar").waitFor({ state: "hidden" });
  await say(page, "Now it may");
  await message(bob, "Now it may").getByRole("link", { name: "Download later.txt" }).waitFor();
  expect(await message(bob, "Not yet").count()).toBe(0);
});

test("a file that does not reach the server waits with its message, and both go out", async () => {
  const { page } = ann;
  await page.route("**/api/v1/attachments", (route) => route.abort());
  await attach(page, note("again.txt"));
  await tray(page).getByText("No connection. It can wait with your message.").waitFor();
  await say(page, "In the end");
  await message(ann, "In the end")
    .getByRole("img", { name: "again.txt, waiting to be uploaded" })
    .waitFor();
  await say(page, "Not held up");
  await message(bob, "Not held up").waitFor();
  await page.unroute("**/api/v1/attachments");
  await message(bob, "In the end").getByRole("link", { name: "Download again.txt" }).waitFor();
  stage.forgive(/ERR_FAILED/);
});

test("emoji are picked, and completed by their names", async () => {
  const { page } = ann;
  await page.getByRole("button", { name: "Insert an emoji" }).click();
  await page.getByRole("searchbox", { name: "Search emoji" }).fill("tomato");
  await page.getByRole("button", { name: "tomato", exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(value).toBe("🍅");
  await composer(page).fill("");
  await composer(page).pressSequentially(":eggpl");
  // Fewer letters match other emoji as well, perhaps including the wanted one.
  await page.getByRole("option", { name: /:egg:/ }).waitFor({ state: "hidden" });
  await page.getByRole("option", { name: /:eggplant:/, selected: true }).waitFor();
  await page.keyboard.press("Tab");
  await expect.poll(value).toBe("🍆 ");
  await composer(page).fill("");
});

test("a mention is completed, and stands out", async () => {
  const { page } = ann;
  await composer(page).pressSequentially("@bo");
  await page.getByRole("option", { name: /Bob/ }).waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(value).toBe(`@${bob.username} `);
  await composer(page).pressSequentially("look");
  await composer(page).press("Enter");
  await message(bob, "look").getByTitle("Bob").getByText(`@${bob.username}`).waitFor();
});

test("keys make the selected text bold", async () => {
  await composer(ann.page).fill("loud");
  await composer(ann.page).selectText();
  await composer(ann.page).press("Control+b");
  expect(await value()).toBe("**loud**");
  await composer(ann.page).press("Enter");
  await feed(bob.page).locator("strong").getByText("loud").waitFor();
});

test("a draft is kept for each room, even when the page is reloaded", async () => {
  const { page } = ann;
  await composer(page).fill("Half a thou");
  await page.goto(other);
  await composer(page).waitFor();
  expect(await value()).toBe("");
  await page.goto(room);
  await expect.poll(value).toBe("Half a thou");
  await composer(page).fill("");
});

test("a setting decides whether Enter sends", async () => {
  const { page } = ann;
  await page.goto("/settings/appearance");
  const saved = page.waitForResponse(/users\/me/);
  await page.getByRole("switch", { name: "Enter sends the message" }).click();
  await saved;
  await page.goto(room);
  await composer(page).fill("Two");
  await composer(page).press("Enter");
  await composer(page).pressSequentially("lines");
  expect(await value()).toBe("Two\nlines");
  await composer(page).press("Control+Enter");
  await message(bob, /Two\s*lines/).waitFor();
});
