/** Pictures and files, generated here, are shown and opened. */

import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { animation, heic, picture } from "./files.ts";
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
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob", BARE)]);
  const room = await makeGroup(ann, "Gallery", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

test("the place of a picture is reserved until it is loaded, and a press opens it", async () => {
  const { page } = bob;
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route("**/media/**", async (route) => {
    await held;
    await route.continue();
  });
  await attach(ann.page, await picture(ann.page, "red.png", "red"));
  await say(ann.page, "Look at this");
  const button = message(bob, "Look at this").getByRole("button", { name: "View red.png" });
  await button.waitFor();
  const before = await button.boundingBox();
  expect(before?.height).toBeGreaterThan(100);
  letGo();
  const loaded = (image: HTMLImageElement) => image.complete && image.naturalWidth > 0;
  await expect.poll(() => button.locator("img").evaluate(loaded)).toBe(true);
  expect(await button.boundingBox()).toEqual(before);
  await page.unroute("**/media/**");
});

test("the viewer changes and zooms pictures, and gives the focus back", async () => {
  const { page } = bob;
  const two = [await picture(page, "one.png", "teal"), await picture(page, "two.png", "gold")];
  await attach(ann.page, ...two);
  await say(ann.page, "Both of them");
  const button = message(bob, "Both of them").getByRole("button", { name: "View one.png" });
  await button.click();
  const viewer = page.getByRole("dialog", { name: /^Picture/ });
  await viewer.getByText("1 / 2").waitFor();
  await page.keyboard.press("ArrowRight");
  await viewer.getByText("2 / 2").waitFor();
  await viewer.getByRole("img", { name: "two.png" }).waitFor();
  await page.keyboard.press("+");
  await viewer.getByRole("button", { name: "Zoom out" }).waitFor();
  const link = viewer.getByRole("link", { name: "Download two.png" });
  const answer = await page.request.get((await link.getAttribute("href")) ?? "");
  expect(answer.headers()["content-type"]).toBe("image/png");
  await page.keyboard.press("Escape");
  await viewer.waitFor({ state: "hidden" });
  expect(await button.evaluate((each) => each === document.activeElement)).toBe(true);
});

/** A finger (or two) that goes over the viewer's picture, in steps. */
async function swipe(viewer: Locator, ...fingers: (readonly [number, number])[][]): Promise<void> {
  await viewer.locator("img").evaluate(async (image, fingers) => {
    const { x, y, width, height } = image.getBoundingClientRect();
    const send = (type: string, finger: number, [right, down]: readonly [number, number]) =>
      image.dispatchEvent(
        new PointerEvent(type, {
          bubbles: true,
          pointerType: "touch",
          pointerId: finger + 10,
          isPrimary: finger === 0,
          clientX: x + width / 2 + right,
          clientY: y + height / 2 + down,
        }),
      );
    const steps = fingers[0]?.length ?? 0;
    for (let step = 0; step < steps; step++) {
      for (const [finger, places] of fingers.entries()) {
        send(step ? "pointermove" : "pointerdown", finger, places[step] ?? [0, 0]);
      }
      await new Promise(requestAnimationFrame);
    }
    for (const [finger, places] of fingers.entries()) {
      send("pointerup", finger, places.at(-1) ?? [0, 0]);
    }
  }, fingers);
}

test("fingers change, enlarge and close a picture", async () => {
  const { page } = bob;
  const two = [await picture(page, "left.png", "teal"), await picture(page, "right.png", "gold")];
  await attach(ann.page, ...two);
  await say(ann.page, "Swipe them");
  await message(bob, "Swipe them").getByRole("button", { name: "View left.png" }).click();
  const viewer = page.getByRole("dialog", { name: /^Picture/ });
  await viewer.getByText("1 / 2").waitFor();
  const across = (to: number) => [0, 0.3, 0.6, 1].map((part) => [to * part, 0] as const);
  await swipe(viewer, across(-30));
  await viewer.getByText("1 / 2").waitFor();
  await swipe(viewer, across(-120));
  await viewer.getByText("2 / 2").waitFor();
  await swipe(viewer, across(120));
  await viewer.getByText("1 / 2").waitFor();

  const wide = () => viewer.locator("img").evaluate((image) => image.getBoundingClientRect().width);
  const before = await wide();
  const apart = [40, 80, 120].map((part) => [part, 0] as const);
  await swipe(
    viewer,
    apart,
    apart.map(([x, y]) => [-x, y] as const),
  );
  await expect.poll(wide).toBeCloseTo(3 * before, 0);
  await viewer.getByRole("button", { name: "Zoom out" }).waitFor();
  // One finger now moves the picture, and does not change it.
  await swipe(viewer, across(-120));
  await viewer.getByText("1 / 2").waitFor();
  await viewer.getByRole("button", { name: "Zoom out" }).click();
  await expect.poll(wide).toBeCloseTo(before, 0);
  await swipe(
    viewer,
    [0, 60, 140].map((part) => [5, part] as const),
  );
  await viewer.waitFor({ state: "hidden" });
});

testInChromium("what moves goes on moving, but not for those who want less motion", async () => {
  const mia = await stage.person("Mia", { ...BARE, reducedMotion: "no-preference" });
  const room = await makeGroup(ann, "Cinema", [mia, bob]);
  await Promise.all([ann, mia, bob].map(({ page }) => page.goto(room)));
  await attach(ann.page, animation("dots.gif"));
  await composer(ann.page).press("Enter");
  const shown = (person: Person) => message(person, "").locator("img").getAttribute("src");
  await message(mia, "").getByRole("button", { name: "View dots.gif" }).waitFor();
  expect(await shown(mia)).toContain("dots.gif");
  const still = message(bob, "").getByRole("button", { name: "Play dots.gif" });
  await still.waitFor();
  expect(await shown(bob)).toContain("thumbnail.webp");
  await still.click();
  await message(bob, "").getByRole("button", { name: "View dots.gif" }).waitFor();
  expect(await shown(bob)).toContain("dots.gif");
  // Nothing moves in the list.
  const row = bob.page.getByRole("list", { name: "Chats" }).getByRole("link", { name: "Cinema" });
  await row.getByText("Ann: Animated picture").waitFor();
  const gallery = new URL(
    (await ann.page.getByRole("link", { name: "Gallery" }).getAttribute("href")) ?? "",
    stage.url,
  );
  await Promise.all([ann, bob].map(({ page }) => page.goto(gallery.href)));
  await composer(ann.page).waitFor();
});

test("a picture that the browser cannot show has a preview, and stands for itself", async () => {
  await attach(ann.page, heic("phone.heic"));
  await ann.page.getByRole("list", { name: "Files to send" }).getByText("phone.heic").waitFor();
  await say(ann.page, "From a phone");
  await message(bob, "From a phone").getByRole("button", { name: "View phone.heic" }).click();
  const viewer = bob.page.getByRole("dialog", { name: "Picture: phone.heic" });
  const shown = viewer.locator("img");
  await expect.poll(() => shown.getAttribute("src")).toContain("thumbnail.webp");
  expect(await viewer.getByRole("link").getAttribute("href")).toContain("phone.heic");
  await bob.page.keyboard.press("Escape");
});

test("a small picture is not enlarged", async () => {
  const small = await picture(ann.page, "dot.png", "red", 20, 16);
  await attach(ann.page, small);
  await say(ann.page, "Small");
  const image = message(bob, "Small").locator("img");
  await expect.poll(() => image.evaluate((each: HTMLImageElement) => each.complete)).toBe(true);
  expect(await image.evaluate((each) => getComputedStyle(each).objectFit)).toBe("scale-down");
});

test("that a picture was read is legible on it", async () => {
  const { page } = ann;
  await attach(page, await picture(page, "white.png", "white"));
  await composer(page).press("Enter");
  const row = feed(page).getByRole("article").last();
  await row.getByRole("button", { name: "View white.png" }).waitFor();
  const ticks = row.getByRole("img", { name: /^Seen/ });
  const colour = await ticks.evaluate((each) => getComputedStyle(each).color);
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  // Light enough for the dark ground, which lets some of a white picture through.
  expect(0.2126 * red + 0.7152 * green + 0.0722 * blue).toBeGreaterThan(200);
});

test("a picture that cannot be opened is sent as a file", async () => {
  const { buffer } = await picture(ann.page, "", "red");
  await attach(ann.page, {
    name: "cut.png",
    mimeType: "image/png",
    buffer: buffer.subarray(0, 40),
  });
  await say(ann.page, "Cut off");
  await message(bob, "Cut off").getByRole("link", { name: "Download cut.png" }).waitFor();
});

test("a file is downloaded under its name", async () => {
  await attach(ann.page, note("Notes – 中文.txt"));
  await say(ann.page, "To keep");
  const link = message(bob, "To keep").getByRole("link", { name: "Download Notes – 中文.txt" });
  await link.waitFor();
  const [download] = await Promise.all([bob.page.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toBe("Notes – 中文.txt");
});

test("a message can be a picture without text, and the list says so", async () => {
  await attach(ann.page, await picture(ann.page, "alone.png", "navy"));
  await composer(ann.page).press("Enter");
  await message(bob, "").getByRole("button", { name: "View alone.png" }).waitFor();
  const row = bob.page.getByRole("list", { name: "Chats" }).getByRole("link", { name: "Gallery" });
  await row.getByText("Ann: Picture").waitFor();
});
