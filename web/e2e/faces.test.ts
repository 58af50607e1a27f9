/** Pictures of people and groups are cropped by who chooses them. */

import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { picture } from "./files.ts";
import {
  composer,
  dialog,
  type File,
  makeGroup,
  note,
  openDetails,
  type Person,
  Stage,
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
