/** Audio and video, generated here, are played by controls of our own. */

import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { film, recording, tone } from "./files.ts";
import {
  attach,
  BARE,
  composer,
  makeGroup,
  message,
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
  const room = await makeGroup(ann, "Studio", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

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

const media = (player: Locator) => player.locator("audio, video");

test("a sound is played, sought in, and made faster", async () => {
  await attach(ann.page, tone());
  await say(ann.page, "Listen");
  const player = message(bob, "Listen").getByRole("group", { name: "Audio: tone.wav" });
  await player.getByText("0:00 / 0:01").waitFor();
  expect(await played(media(player))).toBeCloseTo(1, 1);
  const position = player.getByRole("slider", { name: "Position in tone.wav" });
  await position.press("Home");
  const time = () => media(player).evaluate((each: HTMLMediaElement) => each.currentTime);
  expect(await time()).toBe(0);
  await position.press("ArrowRight");
  expect(await time()).toBeCloseTo(1, 1);
  await player.getByRole("button", { name: "Speed: 1×" }).click();
  await bob.page.getByRole("menuitemradio", { name: "2×" }).click();
  const speed = () => media(player).evaluate((each: HTMLMediaElement) => each.playbackRate);
  expect(await speed()).toBe(2);
  await position.press("Home");
  await player.getByRole("button", { name: "Play tone.wav" }).click();
  await player.getByRole("button", { name: "Pause tone.wav" }).waitFor();
  await expect.poll(time).toBeCloseTo(1, 1);
  await player.getByRole("button", { name: "Play tone.wav" }).waitFor();
});

testInChromium(
  "what a browser records is a sound, has a duration, and can be sought in",
  async () => {
    await attach(ann.page, await recording(ann.page));
    await say(ann.page, "My voice");
    const player = message(bob, "My voice").getByRole("group", { name: "Audio: voice.webm" });
    await player.getByText(/^0:00 \/ 0:0[123]$/).waitFor();
    const position = player.getByRole("slider", { name: "Position in voice.webm" });
    const length = Number(await position.getAttribute("max"));
    expect(length).toBeGreaterThan(1);
    await position.fill(String(length / 2));
    const time = () => media(player).evaluate((each: HTMLMediaElement) => each.currentTime);
    await expect.poll(time).toBeCloseTo(length / 2, 1);
    await player.getByRole("button", { name: "Play voice.webm" }).click();
    await expect.poll(time).toBeGreaterThan(length / 2);
  },
);

test("a film is played, in its own shape", async () => {
  await attach(ann.page, await film(ann.page, 120, 160));
  await say(ann.page, "Watch");
  const player = message(bob, "Watch").getByRole("group", { name: "Video: film.webm" });
  await player.waitFor();
  const { width, height } = (await player.boundingBox()) ?? { width: 0, height: 1 };
  expect(width / height).toBeCloseTo(120 / 160, 1);
  await player.getByRole("button", { name: "Play film.webm" }).first().click();
  await player.getByRole("button", { name: "Pause film.webm" }).waitFor();
  expect(await played(media(player))).toBeGreaterThan(0.2);
  await player.getByRole("button", { name: "Mute" }).click();
  await player.getByRole("button", { name: "Unmute" }).waitFor();
});

testInChromium("of two that play, one stops", async () => {
  const playing = () =>
    bob.page.evaluate(
      () =>
        [...document.querySelectorAll<HTMLMediaElement>("audio, video")].filter(
          (each) => !each.paused && each.loop,
        ).length,
    );
  for (const name of ["Listen", "My voice"]) {
    const player = message(bob, name).getByRole("group", { name: /^Audio/ });
    await media(player).evaluate((each: HTMLMediaElement) => {
      each.loop = true;
    });
    await player.getByRole("button", { name: /^Play/ }).click();
    await player.getByRole("button", { name: /^Pause/ }).waitFor();
    expect(await playing()).toBe(1);
  }
});

test("what cannot be played is offered as a file", async () => {
  const broken = tone();
  // It says that it holds something that no browser can play.
  broken.buffer.writeUInt16LE(0x1234, 20);
  await attach(ann.page, { ...broken, name: "odd.wav" });
  await say(ann.page, "Odd");
  const row = message(bob, "Odd");
  await row.getByRole("button", { name: "Play odd.wav" }).click();
  await row.getByRole("link", { name: "Download odd.wav" }).waitFor();
  await row.getByText("Can’t be played here").waitFor();
});
