/** What makes the difference between done and finished. */

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  attach,
  composer,
  feed,
  makeGroup,
  message,
  type Person,
  PHONE,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;
let other: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Studio", [bob]);
  other = await makeGroup(ann, "Elsewhere", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const link = (page: Page, name: string | RegExp) =>
  page.getByRole("list", { name: "Chats" }).getByRole("link", { name });

test("the place in a room's history is kept while one looks at another", async () => {
  const { page } = ann;
  for (let n = 1; n <= 150; n++) {
    const body = { client_id: crypto.randomUUID(), text: `line ${n}.` };
    await bob.call("POST", `${room}/messages`, body);
  }
  await message(ann, "line 150.").waitFor();
  const viewport = feed(page).locator("..");
  const far = message(ann, "line 40.");
  await expect
    .poll(async () => {
      if (await far.isVisible()) return true;
      await viewport.evaluate((each) => each.scrollBy(0, -2_000));
      return false;
    })
    .toBe(true);
  await far.evaluate((each) => each.scrollIntoView({ block: "center" }));
  const top = async () => Math.round((await far.boundingBox())?.y ?? -1);
  await expect.poll(async () => (await top()) > 100).toBe(true);
  const before = await top();
  await link(page, /Elsewhere/).click();
  await page.waitForURL(`**${other}`);
  await bob.call("POST", `${room}/messages`, { client_id: crypto.randomUUID(), text: "meanwhile" });
  await link(page, /Studio/)
    .getByText("meanwhile")
    .waitFor();
  await link(page, /Studio/).click();
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
  await page.getByRole("button", { name: "Jump to the latest messages" }).click();
  await message(ann, "meanwhile").waitFor();
  // At the end, it is the end that is kept.
  await link(page, /Elsewhere/).click();
  await page.waitForURL(`**${other}`);
  await link(page, /Studio/).click();
  await message(ann, "meanwhile").waitFor();
  await expect.poll(() => message(ann, "meanwhile").isVisible()).toBe(true);
});

test("typing is told once", async () => {
  await composer(bob.page).pressSequentially("Hm");
  const told = ann.page.getByText(/is typing/);
  await told.first().waitFor();
  expect(await told.count()).toBe(1);
  await composer(bob.page).fill("");
});

test("files are dropped anywhere on the room", async () => {
  const { page } = ann;
  const give = (type: "dragover" | "drop") =>
    page.getByRole("heading", { name: "Studio" }).evaluate((title, type) => {
      const data = new DataTransfer();
      data.items.add(new File(["some notes"], "dropped.txt", { type: "text/plain" }));
      const init = { bubbles: true, cancelable: true, dataTransfer: data };
      title.dispatchEvent(new DragEvent(type, init));
    }, type);
  await give("dragover");
  const target = page.getByText("Drop files to attach them");
  await target.waitFor();
  const [shown, main] = [await target.boundingBox(), await page.getByRole("main").boundingBox()];
  expect(shown?.height).toBeGreaterThan((main?.height ?? 0) * 0.9);
  await give("drop");
  await target.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Remove dropped.txt" }).click();
});

test("the counter does not squeeze the field", async () => {
  const field = composer(ann.page);
  const before = (await field.boundingBox())?.width;
  await field.fill("x".repeat(7_900));
  await ann.page.getByText("100 characters left").waitFor();
  expect((await field.boundingBox())?.width).toBe(before);
  await field.fill("");
});

testInChromium("a system line names three people, and counts the others", async () => {
  const people = await Promise.all(
    ["Eve", "Dan", "Cat", "Fay"].map((name) => stage.person(name, PHONE)),
  );
  const many = await makeGroup(ann, "Many", [bob, ...people]);
  await ann.page.goto(many);
  const line = feed(ann.page).getByText(/^You created the group with/);
  await line.waitFor();
  await expect.poll(() => line.textContent()).toMatch(/with (\w+, ){3}and 2 more$/);
  await bob.page.goto(many);
  await feed(bob.page)
    .getByText(/^Ann created the group with you, (\w+, ){2}and 2 more$/)
    .waitFor();
  await Promise.all(people.map(({ context }) => context.close()));
});

testInChromium("the first screen has one way to a new chat", async () => {
  for (const device of [undefined, PHONE]) {
    const eve = await stage.person("Eve", device);
    const start = eve.page.getByRole("button", { name: "New chat" });
    await start.waitFor();
    expect(await start.count()).toBe(1);
    await eve.context.close();
  }
  await ann.page.goto("/");
  const start = ann.page.getByRole("button", { name: "New chat" });
  await start.waitFor();
  expect(await start.count()).toBe(1);
});

testInChromium("toasts do not stack", async () => {
  const { page } = ann;
  await page.goto(room);
  await composer(page).waitFor();
  const large = Array.from({ length: 3 }, (_, n) => `large ${n}.bin`);
  await composer(page).evaluate((field, names) => {
    for (const name of names) {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(26_000_000)], name));
      field.dispatchEvent(
        new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }),
      );
    }
  }, large);
  const toast = page.getByText(/is larger than/);
  await toast.waitFor();
  expect(await toast.count()).toBe(1);
});

test("names and previews that run from the right are cut at their end", async () => {
  const { page } = ann;
  const name = "מועדון הקריאה השכונתי של רחוב הגפן והסביבה הקרובה מאוד";
  const hebrew = await makeGroup(ann, name, [bob]);
  const said = "שלום לכולם וברוכים הבאים לקבוצה החדשה שלנו, נתראה מחר בערב אצלי בבית";
  await bob.call("POST", `${hebrew}/messages`, { client_id: crypto.randomUUID(), text: said });
  await page.goto(hebrew);
  await message(ann, said).waitFor();
  const row = link(page, new RegExp(name.slice(0, 10)));
  const places = [
    row.getByText(name),
    row.getByText(said),
    page.getByRole("main").getByRole("heading").getByText(name),
  ];
  await page.setViewportSize({ width: 760, height: 700 });
  for (const place of places) {
    const shown = await place.evaluate((each) => {
      const range = document.createRange();
      const [text] = [document.createTreeWalker(each, NodeFilter.SHOW_TEXT).nextNode()];
      if (!text) throw new Error("no text");
      range.setStart(text, 0);
      range.setEnd(text, 1);
      const [letter, box] = [range.getBoundingClientRect(), each.getBoundingClientRect()];
      return {
        cut: each.scrollWidth > each.clientWidth,
        begins: letter.right <= box.right + 1 && letter.left >= box.left - 1,
      };
    });
    expect(shown.begins).toBe(true);
  }
  expect(await places[0]?.evaluate((each) => each.scrollWidth > each.clientWidth)).toBe(true);
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("an author's name does not touch a picture, and avatars with pictures sit on the line", async () => {
  const { page } = bob;
  const drawn = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [400, 300];
    canvas.getContext("2d")?.fillRect(0, 0, 400, 300);
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  const file = { name: "p.png", mimeType: "image/png", buffer: Buffer.from(drawn, "base64") };
  await page.goto("/settings/profile");
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Use picture" }).click();
  await page.getByRole("button", { name: "Remove picture" }).waitFor();
  await page.goto(room);
  await ann.page.goto(room);
  for (const words of ["", "with words"]) {
    // A text between them, so that both begin with the author's name.
    await say(ann.page, "next");
    await message(bob, "next").last().waitFor();
    await attach(page, file);
    if (words) await composer(page).fill(words);
    await composer(page).press("Enter");
    await feed(ann.page)
      .getByRole("button", { name: "View p.png" })
      .nth(words ? 1 : 0)
      .waitFor();
  }
  for (const n of [0, 1]) {
    const picture = ann.page.getByRole("button", { name: "View p.png" });
    const row = feed(ann.page).getByRole("article").filter({ has: picture }).nth(n);
    const name = await row.getByText("Bob", { exact: true }).boundingBox();
    const box = await row.getByRole("button", { name: "View p.png" }).boundingBox();
    expect((box?.y ?? 0) - ((name?.y ?? 0) + (name?.height ?? 0))).toBeGreaterThanOrEqual(3);
    const face = row.getByRole("button", { name: "Profile of Bob" });
    const [place, image] = [await face.boundingBox(), await face.locator("img").boundingBox()];
    const bubble = await row.locator("[class*=bubble]").first().boundingBox();
    expect(image?.height).toBe(32);
    expect(place?.height).toBe(32);
    const end = (each: typeof box) => (each?.y ?? 0) + (each?.height ?? 0);
    expect(Math.abs(end(image) - end(bubble))).toBeLessThanOrEqual(1);
  }
});

test("what takes something away looks like it", async () => {
  const { page } = ann;
  await page.goto(`${room}?panel=details`);
  const colour = (name: string) =>
    page
      .getByRole("button", { name, exact: true })
      .evaluate((each) => getComputedStyle(each).color);
  const harmless = await colour("Add people");
  const harmful = await Promise.all(["Leave group", "Delete group"].map(colour));
  for (const each of harmful) expect(each).not.toBe(harmless);
  await say(page, "done");
});
