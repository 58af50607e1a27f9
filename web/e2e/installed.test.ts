/** The service worker: starts without a network, pushes, and new versions. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PushService } from "./push-service.ts";
import { composer, message, openDirectRoom, openRoom, type Person, Stage, say } from "./stage.ts";

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
  room = await openDirectRoom(ann, bob);
  await controlled(ann);
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());
afterAll(() => pushes?.close());

/** Waits until the service worker controls this page, with all files in its cache. */
const controlled = ({ page }: Person) =>
  page.waitForFunction(() => navigator.serviceWorker.controller !== null);

test("without a server the app starts with cached data, and sends messages later, once", async () => {
  await say(bob.page, "Before the storm");
  await message(ann, "Before the storm").waitFor();
  await kept(ann, "Before the storm");
  await stage.server.kill();
  await ann.page.reload();
  await message(ann, "Before the storm").waitFor();
  await ann.page.getByRole("list", { name: "Chats" }).getByRole("link", { name: "Bob" }).waitFor();
  await say(ann.page, "Written in the dark");
  await message(ann, "Written in the dark").waitFor();
  await ann.page.reload();
  await message(ann, "Written in the dark").waitFor();
  const second = await ann.context.newPage();
  await second.goto(ann.page.url());
  await composer(second).waitFor();
  await stage.server.start();
  await nudge(ann, bob);
  await message(bob, "Written in the dark").waitFor();
  await say(bob.page, "Light again");
  await message(ann, "Light again").waitFor();
  for (const person of [ann, bob]) {
    expect(await message(person, "Written in the dark").count()).toBe(1);
  }
  await second.close();
  stage.forgive(/ERR_(CONNECTION|EMPTY_RESPONSE)|WebSocket|Failed to load|fetching the script/);
});

/**
 * Reports that the network is back, as the browser would, so that nobody waits for the next
 * attempt.
 */
const nudge = (...people: Person[]) =>
  Promise.all(people.map(({ page }) => page.evaluate(() => dispatchEvent(new Event("online")))));

/** Waits until the browser's cache contains the text, and would show it at the next start. */
async function kept({ page }: Person, text: string): Promise<void> {
  const find = (wanted: string) =>
    new Promise<boolean>((resolve, reject) => {
      const opening = indexedDB.open("chat");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const all = opening.result.transaction("rooms").objectStore("rooms").getAll();
        all.onsuccess = () => {
          opening.result.close();
          resolve(JSON.stringify(all.result).includes(wanted));
        };
      };
    });
  await expect.poll(() => page.evaluate(find, text)).toBe(true);
}

test("the app can be installed", async () => {
  const debug = await ann.context.newCDPSession(ann.page);
  const { installabilityErrors } = await debug.send("Page.getInstallabilityErrors");
  // The contexts of tests count as incognito windows.
  const others = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
  expect(others).toEqual([]);
});

test("a push arrives while the app is closed, is shown, and leads to the room", async () => {
  await ann.page.goto("/settings/notifications");
  const wanted = ann.page.getByRole("switch", { name: "Notify me when the app is closed" });
  await wanted.click();
  await expect.poll(() => wanted.isChecked()).toBe(true);
  await ann.page.goto("about:blank");
  await say(bob.page, "Ripe!");
  await expect.poll(() => pushes.received.length).toBe(1);
  await ann.page.goto("/settings/notifications");
  await deliver(ann, pushes.received[0] ?? "");
  await expect.poll(shown).toEqual([{ title: "Bob", body: "Ripe!", tag: room }]);
  const [worker] = ann.context.serviceWorkers();
  await worker?.evaluate(async () => {
    const scope = globalThis as unknown as {
      registration: ServiceWorkerRegistration;
      NotificationEvent: new (type: string, init: object) => Event;
    };
    const [notification] = await scope.registration.getNotifications();
    dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
  });
  await ann.page.waitForURL(`**/rooms/${room}`);
  await expect.poll(shown).toEqual([]);
});

test("the system shows messages while the page is hidden, until the room is read", async () => {
  // In a browser without windows no page is ever hidden, so the test pretends that it is.
  const [worker] = ann.context.serviceWorkers();
  await worker?.evaluate(() => {
    const { prototype } = (globalThis as unknown as { WindowClient: { prototype: object } })
      .WindowClient;
    Object.defineProperty(prototype, "visibilityState", { value: "hidden" });
  });
  const started = ann.page.waitForResponse(/push\/subscriptions/);
  await ann.page.goto("/");
  await started;
  await ann.page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
  });
  await say(bob.page, "Behind you!");
  await expect.poll(shown).toEqual([{ title: "Bob", body: "Behind you!", tag: room }]);
  await ann.page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: false });
  });
  await openRoom(ann, "Bob");
  await expect.poll(shown).toEqual([]);
});

test("turning pushes off ends them", async () => {
  await ann.page.goto("/settings/notifications");
  const wanted = ann.page.getByRole("switch", { name: "Notify me when the app is closed" });
  await expect.poll(() => wanted.isChecked()).toBe(true);
  const gone = ann.page.waitForResponse(/push\/subscriptions/);
  await wanted.click();
  expect((await gone).status()).toBe(204);
  await expect.poll(() => wanted.isChecked()).toBe(false);
  await ann.page.goto("/");
});

/** The notifications that the system shows for the app. */
const shown = () =>
  ann.page.evaluate(async () => {
    const { getNotifications } = ServiceWorkerRegistration.prototype;
    const all = await getNotifications.call(await navigator.serviceWorker.ready);
    return all.map(({ title, body, tag }) => ({ title, body, tag }));
  });

async function deliver({ page, context }: Person, data: string): Promise<void> {
  const debug = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  const registered = new Promise<string>((resolve) => {
    debug.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin));
      if (found) resolve(found.registrationId);
    });
  });
  await debug.send("ServiceWorker.enable");
  const registrationId = await registered;
  await debug.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
}

test("signing out leaves nothing of the rooms in the browser", async () => {
  await openRoom(ann, "Bob");
  await kept(ann, "Light again");
  await ann.page.getByRole("button", { name: "Account menu" }).click();
  await ann.page.getByRole("menuitem", { name: "Sign out" }).click();
  await ann.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  const left = await ann.page.evaluate(
    () =>
      new Promise<unknown[]>((resolve) => {
        const opening = indexedDB.open("chat");
        opening.onsuccess = () => {
          const stores = ["state", "rooms", "users", "outbox"];
          const reading = opening.result.transaction(stores);
          const found: unknown[] = [];
          for (const name of stores) {
            const all = reading.objectStore(name).getAll();
            all.onsuccess = () => found.push(...all.result);
          }
          reading.oncomplete = () => {
            opening.result.close();
            resolve(found);
          };
        };
      }),
  );
  expect(left).toEqual([]);
  // Calls that were under way when the session ended are refused.
  stage.forgive(/401/);
});
