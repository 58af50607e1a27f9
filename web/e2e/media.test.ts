/** Pictures, audio and video, generated here, are shown, opened and played. */

import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  attach,
  BARE,
  composer,
  type File,
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

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob", BARE)]);
  const room = await makeGroup(ann, "Gallery", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

/** A second of a tone as a WAV file: a header and 8,000 bytes of samples. */
function tone(): File {
  const rate = 8_000;
  const buffer = Buffer.alloc(44 + rate);
  buffer.write("RIFF", 0);
  buffer.writeUInt32LE(36 + rate, 4);
  buffer.write("WAVEfmt ", 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20);
  buffer.writeUInt16LE(1, 22);
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(rate, 28);
  buffer.writeUInt16LE(1, 32);
  buffer.writeUInt16LE(8, 34);
  buffer.write("data", 36);
  buffer.writeUInt32LE(rate, 40);
  for (let n = 0; n < rate; n++) buffer[44 + n] = 128 + 60 * Math.sin((n * 440 * 6.283) / rate);
  return { name: "tone.wav", mimeType: "audio/wav", buffer };
}

async function picture(page: Page, name: string, colour: string): Promise<File> {
  const url = await page.evaluate((colour) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [600, 400];
    const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 600, 400);
    return canvas.toDataURL("image/png");
  }, colour);
  return { name, mimeType: "image/png", buffer: Buffer.from(url.split(",")[1] ?? "", "base64") };
}

/** Half a second of a moving square, recorded by the browser itself. */
async function film(page: Page): Promise<File> {
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [160, 120];
    const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let n = 0; n < 10; n++) {
      brush.fillStyle = n % 2 ? "teal" : "gold";
      brush.fillRect(n * 16, 0, 40, 120);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  return { name: "film.webm", mimeType: "video/webm", buffer: Buffer.from(bytes) };
}

/** Plays to the end, and returns the number of seconds. */
const played = (player: Locator) =>
  player.evaluate(async (media: HTMLMediaElement) => {
    const ended = new Promise((resolve, reject) => {
      media.onended = resolve;
      media.onerror = () => reject(media.error);
    });
    media.muted = true;
    await media.play();
    await ended;
    return media.currentTime;
  });

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

test("a sound is played", async () => {
  await attach(ann.page, tone());
  await say(ann.page, "Listen");
  const player = message(bob, "Listen").getByLabel("Audio: tone.wav");
  await player.waitFor();
  expect(await played(player)).toBeCloseTo(1, 1);
});

test("a film is played", async () => {
  await attach(ann.page, await film(ann.page));
  await say(ann.page, "Watch");
  const player = message(bob, "Watch").getByLabel("Video: film.webm");
  await player.waitFor();
  expect(await played(player)).toBeGreaterThan(0.2);
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
