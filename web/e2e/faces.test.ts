/** Pictures of people and groups are cropped, emoji are picked in tones, and what was shared is found. */

import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { film, picture, tone } from "./files.ts";
import {
  attach,
  composer,
  dialog,
  type File,
  makeGroup,
  message,
  note,
  openDetails,
  PASSWORD,
  type Person,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Faces", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

/** A JPEG whose left half is red and whose right half is blue; with EXIF that says how to turn it. */
async function halves(page: Page, orientation?: number): Promise<File> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [800, 400];
    const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
    for (const [x, colour] of [
      [0, "red"],
      [400, "blue"],
    ] as const) {
      brush.fillStyle = colour;
      brush.fillRect(x, 0, 400, 400);
    }
    return canvas.toDataURL("image/jpeg", 0.95);
  });
  const plain = Buffer.from(url.split(",")[1] ?? "", "base64");
  // One entry, the orientation, in a directory of its own.
  const exif = Buffer.from(
    `45786966000049492a0008000000010012010300010000000${orientation}00000000000000`,
    "hex",
  );
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  const parts = [plain.subarray(0, 2), marker, exif, plain.subarray(2)];
  return {
    name: "halves.jpg",
    mimeType: "image/jpeg",
    buffer: orientation ? Buffer.concat(parts) : plain,
  };
}

/** The id of a user who has no browser. */
async function account(display_name: string): Promise<string> {
  const username = `guest_${Math.random().toString(36).slice(2)}`;
  const answer = await fetch(`${stage.url}/api/v1/auth/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      username,
      display_name,
      email: `${username}@example.com`,
      password: PASSWORD,
    }),
  });
  return (await answer.json()).user.id;
}

const cropper = (page: Page) => dialog(page, "Crop the picture");
const use = (page: Page) => cropper(page).getByRole("button", { name: "Use picture" }).click();
const stagePicture = (page: Page) =>
  cropper(page).getByRole("application", { name: "Picture to crop" });

async function pick(page: Page, file: File): Promise<void> {
  await page.getByLabel("Your picture").setInputFiles(file);
  await stagePicture(page).waitFor();
}

/** The avatar's width, and its colours at these places, in parts of its sides. */
async function seen(avatar: Locator, ...places: (readonly [number, number])[]) {
  return avatar.evaluate(async (image: HTMLImageElement, places) => {
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = image.naturalWidth;
    const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
    brush.drawImage(image, 0, 0);
    const colours = places.map(([x, y]) => {
      const [red = 0, , blue = 0] = brush.getImageData(
        x * canvas.width,
        y * canvas.width,
        1,
        1,
      ).data;
      return red > 200 && blue < 60 ? "red" : blue > 200 && red < 60 ? "blue" : `${red} ${blue}`;
    });
    return [image.naturalWidth, ...colours];
  }, places);
}

test("one's own picture is moved and zoomed before it is used, and Cancel leaves all as it was", async () => {
  const { page } = ann;
  await page.bringToFront();
  await page.goto("/settings/profile");
  const avatar = page.getByRole("main").locator("img").first();
  await pick(page, await halves(page));
  // The middle is half red, half blue. To the right by keys: only red is left.
  await expect
    .poll(() => stagePicture(page).evaluate((each) => each === document.activeElement))
    .toBe(true);
  for (let n = 0; n < 12; n++) await page.keyboard.press("ArrowRight");
  await cropper(page)
    .getByText("The middle is at 25% across and 50% down, the zoom is 100%.")
    .waitFor();
  await use(page);
  await page.getByText("Saved").waitFor();
  await cropper(page).waitFor({ state: "hidden" });
  expect(await seen(avatar, [0.05, 0.5], [0.5, 0.5], [0.95, 0.5])).toEqual([
    256,
    "red",
    "red",
    "red",
  ]);

  await page.getByRole("button", { name: "Choose a picture" }).focus();
  const before = await avatar.getAttribute("src");
  const uploads: string[] = [];
  page.on("request", (each) => each.method() !== "GET" && uploads.push(each.url()));
  await pick(page, await halves(page));
  await cropper(page).getByRole("button", { name: "Cancel" }).click();
  await pick(page, await halves(page));
  await page.keyboard.press("Escape");
  await cropper(page).waitFor({ state: "hidden" });
  expect(await avatar.getAttribute("src")).toBe(before);
  expect(uploads).toEqual([]);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Choose a picture");
});

test("a photo is turned as its EXIF says", async () => {
  const { page } = ann;
  const avatar = page.getByRole("main").locator("img").first();
  const before = await avatar.getAttribute("src");
  await pick(page, await halves(page, 6));
  await use(page);
  await expect.poll(() => avatar.getAttribute("src")).not.toBe(before);
  expect(await seen(avatar, [0.5, 0.2], [0.5, 0.8])).toEqual([256, "red", "blue"]);
});

test("a mouse drags the picture, its wheel and the slider zoom", async () => {
  const { page } = ann;
  const avatar = page.getByRole("main").locator("img").first();
  const before = await avatar.getAttribute("src");
  await pick(page, await halves(page));
  const box = await stagePicture(page).boundingBox();
  if (!box) throw new Error("it is not on the page");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const zoom = cropper(page).getByRole("slider", { name: "Zoom" });
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -400);
  await expect.poll(async () => Number(await zoom.inputValue())).toBeGreaterThan(1.5);
  await page.mouse.down();
  // Outside of the frame it goes on.
  await page.mouse.move(x - 300, y, { steps: 5 });
  await page.mouse.up();
  await zoom.fill("2");
  await expect.poll(() => zoom.getAttribute("aria-valuetext")).toBe("200%");
  await use(page);
  await expect.poll(() => avatar.getAttribute("src")).not.toBe(before);
  expect(await seen(avatar, [0.05, 0.5], [0.95, 0.5])).toEqual([256, "blue", "blue"]);
});

testInChromium("two fingers zoom the picture", async () => {
  const { page } = ann;
  await pick(page, await halves(page));
  const box = await stagePicture(page).boundingBox();
  if (!box) throw new Error("it is not on the page");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const debug = await ann.context.newCDPSession(page);
  const fingers = (type: string, by: number) =>
    debug.send("Input.dispatchTouchEvent", {
      type: type as "touchStart",
      touchPoints:
        type === "touchEnd"
          ? []
          : [
              { x: x - by, y, id: 1 },
              { x: x + by, y, id: 2 },
            ],
    });
  await fingers("touchStart", 20);
  for (const by of [30, 40, 50, 60]) await fingers("touchMove", by);
  await fingers("touchEnd", 0);
  const zoom = cropper(page).getByRole("slider", { name: "Zoom" });
  await expect.poll(async () => Math.round(Number(await zoom.inputValue()))).toBe(3);
  await page.keyboard.press("Escape");
});

test("the picture of a group is cropped too, and what no browser opens is refused by the server", async () => {
  const { page } = ann;
  await page.goto(room);
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "Edit" }).click();
  await pick(page, await picture(page, "logo.png", "teal"));
  await use(page);
  await page.getByText("Saved").waitFor();
  await cropper(page).waitFor({ state: "hidden" });
  await dialog(page, "Edit group").locator("img").waitFor();
  await page
    .getByLabel("Your picture")
    .setInputFiles({ ...note("not.png"), mimeType: "image/png" });
  await page.getByText("This file is not a picture that can be shown.").waitFor();
  await page.keyboard.press("Escape");
});

test("emoji have categories, skin tones that stay, and keys", async () => {
  const { page } = ann;
  await page.bringToFront();
  await page.goto(room);
  const open = () => page.getByRole("button", { name: "Insert an emoji" }).click();
  const value = () => composer(page).inputValue();
  await open();
  const tabs = page.getByRole("tablist", { name: "Categories" });
  await tabs.getByRole("tab", { name: "Flags" }).click();
  await page.getByRole("button", { name: "flag: Germany", exact: true }).waitFor();
  await expect
    .poll(() => page.getByRole("button", { name: "flag: Germany", exact: true }).isVisible())
    .toBe(true);
  await tabs.getByRole("tab", { name: "Flags" }).press("ArrowLeft");
  await tabs.getByRole("tab", { name: "Symbols", selected: true }).waitFor();
  await tabs.getByRole("tab", { name: "Symbols" }).press("Home");
  await tabs.getByRole("tab", { name: "Recently used", selected: true }).waitFor();

  await page.getByRole("button", { name: "Skin tone: Default" }).click();
  await page.getByRole("menuitemradio", { name: "Medium dark" }).click();
  await page.getByRole("button", { name: "Skin tone: Medium dark" }).waitFor();
  const search = page.getByRole("searchbox", { name: "Search emoji" });
  await search.fill("astronaut");
  await page.getByRole("button", { name: "woman astronaut", exact: true }).click();
  await expect.poll(value).toBe("👩🏾‍🚀");
  await composer(page).fill("");

  // It stays for this device, also for what is found by keys.
  await page.reload();
  await open();
  await search.fill("waving hand");
  await page.getByRole("button", { name: "waving hand", exact: true }).waitFor();
  await search.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(value).toBe("👋🏾");
  await composer(page).fill("");
  await open();
  await page.getByRole("region", { name: "Recently used" }).getByRole("button").first().waitFor();
  expect(
    await page.getByRole("region", { name: "Recently used" }).getByRole("button").allInnerTexts(),
  ).toEqual(["👋🏾", "👩🏾‍🚀"]);
  await page.keyboard.press("Escape");
});

testInChromium("the same picker is for reactions, and the server takes its tones", async () => {
  await say(bob.page, "A reaction, please");
  const row = message(ann, "A reaction, please");
  await row.hover();
  await row.getByRole("button", { name: "React" }).click();
  await ann.page.getByRole("searchbox", { name: "Search emoji" }).fill("clapping");
  await ann.page.getByRole("button", { name: "clapping hands", exact: true }).click();
  await message(bob, "A reaction, please").getByRole("button", { name: /^👏🏾/ }).waitFor();
});

test("without a connection the picker says so, and tries again", async () => {
  const { page } = await stage.person("Cat", {
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
  });
  await page.route("**/list-*.json", (route) => route.abort());
  await page.goto("/settings/profile");
  await page.getByRole("button", { name: "Emoji", exact: true }).click();
  const retry = page.getByRole("button", { name: "Try again" });
  await retry.waitFor();
  await page.unroute("**/list-*.json");
  await retry.click();
  await page.getByRole("tab", { name: "Food" }).waitFor();
  stage.forgive(/ERR_FAILED|NS_ERROR/);
});

test("what was shared is listed by kind, leads to its message, and follows it", async () => {
  const { page } = ann;
  await page.goto(room);
  await attach(bob.page, await picture(page, "shared.png", "tomato"), note("shared.txt"));
  await say(bob.page, "Picture and note");
  await message(ann, "Picture and note").waitFor();
  await attach(bob.page, tone());
  await say(bob.page, "A tone");
  await message(ann, "A tone").waitFor();
  for (let n = 0; n < 30; n++) {
    const body = { client_id: crypto.randomUUID(), text: `later ${n}.` };
    await bob.call("POST", `${room}/messages`, body);
  }
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "View shared.png" }).click();
  const viewer = page.getByRole("dialog", { name: "Picture: shared.png" });
  await viewer.getByRole("link", { name: "Show in chat" }).click();
  await viewer.waitFor({ state: "hidden" });
  await expect.poll(() => message(ann, "Picture and note").isVisible()).toBe(true);
  expect(new URL(page.url()).pathname).toMatch(new RegExp(`^${room}/\\d+$`));

  await panel.getByRole("tab", { name: "Audio" }).click();
  await panel.getByRole("button", { name: "Play tone.wav" }).waitFor();
  await panel.getByRole("link", { name: /^Bob/ }).waitFor();
  await panel.getByRole("tab", { name: "Files" }).click();
  await panel.getByRole("link", { name: "Download shared.txt" }).waitFor();
  // What comes is there at once, and what is deleted goes.
  await attach(bob.page, note("newer.txt"));
  await say(bob.page, "Newer");
  await panel.getByRole("link", { name: "Download newer.txt" }).waitFor();
  const names = panel.getByRole("listitem").getByRole("link", { name: /^Download/ });
  expect(await names.count()).toBe(2);
  const seq = await message(bob, "Newer").getAttribute("data-seq");
  await bob.call("DELETE", `${room}/messages/${seq}`);
  await panel.getByRole("link", { name: "Download newer.txt" }).waitFor({ state: "detached" });
  await panel.getByRole("link", { name: "Download shared.txt" }).waitFor();
});

testInChromium("a film is opened in the viewer", async () => {
  await attach(bob.page, await film(bob.page, 320, 240));
  await say(bob.page, "A film");
  const panel = await openDetails(ann);
  await panel.getByRole("tab", { name: "Media" }).click();
  await panel.getByRole("button", { name: /^Play/ }).click();
  const viewer = ann.page.getByRole("dialog", { name: /^Picture: / });
  await viewer.getByRole("button", { name: /^Play/ }).first().waitFor();
  await ann.page.keyboard.press("Escape");
  await viewer.waitFor({ state: "hidden" });
});

test("members of a large group are found by name, also those who are not loaded", async () => {
  const { page } = ann;
  const names = [...Array.from({ length: 8 }, (_, n) => `Guest ${n}`), "Łucja Zielińska"];
  const others = await Promise.all(names.map(account));
  const body = { kind: "group", name: "Large", member_ids: others };
  const { id } = await ann.call<{ id: string }>("POST", "/rooms", body);
  await page.goto(`/rooms/${id}`);
  const panel = await openDetails(ann);
  const search = panel.getByRole("searchbox", { name: "Find a member" });
  await search.fill("lucja");
  await panel.getByRole("button", { name: /Łucja/ }).first().waitFor();
  await panel.getByText("Guest 1").waitFor({ state: "detached" });
  await search.fill("nobody at all");
  await panel.getByText("No member has this name.").waitFor();
  await search.fill("");
  await panel.getByText("Guest 1").first().waitFor();
});

test("the time below emoji that fill their line leaves no gap", async () => {
  await say(bob.page, "😀😀😀");
  const words = message(bob, "😀😀😀").locator("p");
  await words.waitFor();
  const { gap, height } = await words.evaluate((each) => {
    const [glyphs, time] = [each.querySelector("span"), each.querySelector("time")];
    if (!glyphs || !time) throw new Error("it has another form");
    const width = glyphs.getBoundingClientRect().width;
    // There is no room for the time beside them.
    each.style.inlineSize = `${width + 8}px`;
    const [above, below] = [glyphs.getBoundingClientRect(), time.getBoundingClientRect()];
    if (below.y < above.y + above.height / 2) throw new Error("the time stands beside them");
    return { gap: below.y - above.bottom, height: below.height };
  });
  expect(gap).toBeLessThan(8);
  expect(height).toBeLessThan(24);
});

test("a notification about a group shows the group's picture", async () => {
  const { page } = bob;
  await page
    .getByRole("button", { name: /^Notifications/ })
    .first()
    .click();
  const panel = page.getByRole("complementary");
  const added = panel.getByRole("listitem").filter({ hasText: "Faces" }).first();
  await expect
    .poll(() => added.locator("img").first().getAttribute("src"))
    .toMatch(/^\/?.*avatars/);
});
