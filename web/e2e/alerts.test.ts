/** What tells of new messages outside of the page: numbers, notifications, sounds, pushes. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PushService } from "./push-service.ts";
import {
  composer,
  message,
  openDirectRoom,
  openRoom,
  type Person,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

/** What the page has told the browser, in the order of the calls. */
interface Told {
  badges: number[];
  tones: number;
  asked: number;
  permission: NotificationPermission;
}

let stage: Stage;
let pushes: PushService;
let ann: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  [stage, pushes] = await Promise.all([
    Stage.open({ PUSH_PRIVATE_HOSTS: "127.0.0.1" }),
    PushService.open(),
  ]);
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  await ann.context.grantPermissions(["notifications"]);
  await pushes.install(ann.context);
  await ann.context.addInitScript(listen);
  room = await openDirectRoom(ann, bob);
  await ann.page.reload();
  await started(ann);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());
afterAll(() => pushes?.close());

/** Notes what the page tells the browser: neither a badge nor a sound can be seen from outside. */
function listen(): void {
  const told: Told = { badges: [], tones: 0, asked: 0, permission: "granted" };
  Object.assign(globalThis, { told });
  const badge = (count: number) => async () => void told.badges.push(count);
  Object.assign(Navigator.prototype, {
    setAppBadge: (count: number) => badge(count)(),
    clearAppBadge: badge(0),
  });
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (when) {
    told.tones += 1;
    start.call(this, when);
  };
}

// The first worker of a new profile takes long on a busy machine, in Firefox above all.
const STARTS_WITHIN = 45_000;
const told = () => ann.page.evaluate(() => (globalThis as unknown as { told: Told }).told);
const icon = () => ann.page.locator("link[rel=icon]").getAttribute("href");

/** Waits until the code that works beside the page runs: it clears the number at its start. */
async function started({ page }: Person): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, {
    timeout: STARTS_WITHIN,
  });
  await page.waitForFunction(
    () => (globalThis as unknown as { told: Told }).told.badges.length > 0,
  );
}

/** As if the user worked in another window, beside this one. */
async function lookAway(away: boolean): Promise<void> {
  await ann.page.evaluate((away) => {
    Object.defineProperty(document, "hasFocus", { value: () => !away, configurable: true });
  }, away);
  const [worker] = ann.context.serviceWorkers();
  await worker?.evaluate((away) => {
    const { prototype } = (globalThis as unknown as { WindowClient: { prototype: object } })
      .WindowClient;
    Object.defineProperty(prototype, "focused", { get: () => !away, configurable: true });
  }, away);
}

/** The notifications that the system shows for the app. */
const shown = () =>
  ann.page.evaluate(async () => {
    const { getNotifications } = ServiceWorkerRegistration.prototype;
    const all = await getNotifications.call(await navigator.serviceWorker.ready);
    return all.map(({ title, body }) => ({ title, body }));
  });

test("the app's icon and the tab's follow the number of unread messages", async () => {
  await ann.page.goto("/settings/profile");
  await started(ann);
  expect(await icon()).toBe("/icon.svg");
  await say(bob.page, "One");
  await say(bob.page, "Two");
  await expect.poll(async () => (await told()).badges.at(-1)).toBe(2);
  await expect.poll(async () => decodeURIComponent((await icon()) ?? "")).toMatch(/>2<\/text>/);
  await openRoom(ann, "Bob");
  await expect.poll(async () => (await told()).badges.at(-1)).toBe(0);
  await expect.poll(icon).toBe("/icon.svg");
});

testInChromium(
  "a window that is visible but has no focus alerts too, without a sound unless one is wanted",
  async () => {
    await openRoom(ann, "Bob");
    await lookAway(true);
    await say(bob.page, "Over here");
    await expect.poll(shown).toEqual([{ title: "Bob", body: "Over here" }]);
    expect((await told()).tones).toBe(0);
    await lookAway(false);
    await ann.page.evaluate(() => dispatchEvent(new Event("focus")));
    await expect.poll(shown).toEqual([]);
  },
);

testInChromium("a sound is off until it is turned on, and is heard when nobody looks", async () => {
  await ann.page.goto("/settings/notifications");
  const wanted = ann.page.getByRole("switch", { name: "Play a sound for new messages" });
  expect(await wanted.isChecked()).toBe(false);
  await wanted.click();
  await expect.poll(() => wanted.isChecked()).toBe(true);
  // A sample of it.
  await expect.poll(async () => (await told()).tones).toBe(2);
  await sleep(1_100);
  await say(bob.page, "Seen at once");
  await message(bob, "Seen at once").waitFor();
  await lookAway(true);
  await say(bob.page, "Ding");
  await expect.poll(async () => (await told()).tones).toBe(4);
  await lookAway(false);
  await wanted.click();
  await expect.poll(() => wanted.isChecked()).toBe(false);
});

test("a subscription of another key of the server is replaced", async () => {
  const { page } = ann;
  await page.goto("/settings/notifications");
  const wanted = page.getByRole("switch", { name: "Notify me when the app is closed" });
  await wanted.click();
  await expect.poll(() => wanted.isChecked()).toBe(true);
  const key = () => page.evaluate(() => localStorage.getItem("subscribed"));
  const right = await key();
  // As after the server has lost its key. It must be one that a browser could have taken.
  await page.evaluate(() => {
    const bytes = new Uint8Array(65).fill(7);
    const text = btoa(String.fromCharCode(...bytes));
    localStorage.setItem("subscribed", text.replaceAll("+", "-").replaceAll("/", "_"));
  });
  const calls: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/push/subscriptions")) calls.push(request.method());
  });
  await page.reload();
  await expect.poll(key).toBe(right);
  await expect.poll(() => calls).toEqual(["DELETE", "PUT"]);
  await expect.poll(() => wanted.isChecked()).toBe(true);
});

test("notifications are offered once, in words, after the first message", async () => {
  const { page } = ann;
  await page.addInitScript(() => {
    const { told } = globalThis as unknown as { told: Told };
    told.permission = "default";
    Object.defineProperty(Notification, "permission", { get: () => told.permission });
    Notification.requestPermission = async () => {
      told.asked += 1;
      told.permission = "granted";
      return "granted";
    };
  });
  await page.evaluate(() => localStorage.removeItem("notifications-offered"));
  await page.goto(`/rooms/${room}`);
  await started(ann);
  await composer(page).waitFor();
  const offer = page.getByText("Get notified when somebody answers?");
  expect(await offer.count()).toBe(0);
  await say(page, "Hello?");
  await offer.waitFor();
  expect((await told()).asked).toBe(0);
  await page.getByRole("button", { name: "Notify me" }).click();
  await page.getByText("You will be notified of new messages.").waitFor();
  expect((await told()).asked).toBe(1);
  await page.reload();
  await started(ann);
  await say(page, "Hello again?");
  await message(ann, "Hello again?").waitFor();
  expect(await offer.count()).toBe(0);
});

test("the numbers are cleared at the end of the session", async () => {
  const { page } = ann;
  await page.goto("/settings/profile");
  await started(ann);
  await say(bob.page, "Unread");
  await expect.poll(async () => (await told()).badges.at(-1)).toBe(1);
  await page.getByRole("button", { name: "Account menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await expect.poll(async () => (await told()).badges.at(-1)).toBe(0);
  await expect.poll(icon).toBe("/icon.svg");
  stage.forgive(/401/);
});
