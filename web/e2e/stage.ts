/** People with their own browsers, in front of one server. */

import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { expect, inject, type TestContext, test } from "vitest";
import { Server } from "../sdk/tests/server.ts";
import { launchFirefox } from "./browsers.ts";
import { prepareFirefox } from "./firefox.ts";

const PICTURES = join(import.meta.dirname, "../../build/e2e");
const PATIENCE = 15_000;
// What Firefox reports of a socket whose page was left, or whose network went away on purpose.
const FIREFOX_SOCKETS =
  /^(The connection to|Firefox can’t establish a connection to the server at) ws:/;
export const IN_FIREFOX = inject("browser") === "firefox";
/** For what cannot be tested in Firefox: web/README.md says why. */
export const testInChromium = test.skipIf(IN_FIREFOX);
export const PASSWORD = "correct horse battery";

export type Device = NonNullable<Parameters<Browser["newContext"]>[0]>;
export const PHONE: Device = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};
export const DESKTOP: Device = { viewport: { width: 1280, height: 800 } };
/**
 * Without a service worker, so that a test can intercept requests between the page and the server.
 */
export const BARE: Device = { ...DESKTOP, serviceWorkers: "block" };

export class Person {
  constructor(
    /** The name that others see. */
    readonly name: string,
    readonly username: string,
    readonly id: string,
    readonly page: Page,
    private readonly token: string,
  ) {}

  get context(): BrowserContext {
    return this.page.context();
  }

  /** Calls the HTTP API directly, for what a test needs but does not test. */
  async call<T>(method: string, path: string, data: object = {}): Promise<T> {
    const url = new URL(`/api/v1${path}`, this.page.url());
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" };
    const answer = await fetch(url, { method, headers, body: JSON.stringify(data) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.status === 204 ? (undefined as T) : await answer.json();
  }
}

/** Whatever goes wrong in a page fails the test, unless it is expected. */
export class Stage {
  private readonly faults: string[] = [];
  private readonly contexts: BrowserContext[] = [];
  private count = 0;

  private constructor(
    private readonly browser: Browser,
    readonly url: string,
    private readonly own: Server | null,
  ) {}

  /** Uses the server that tests share, or with `settings` a server of its own. */
  static async open(settings?: Record<string, string>): Promise<Stage> {
    const [browser, server] = await Promise.all([
      IN_FIREFOX ? launchFirefox() : chromium.connect(inject("chromium")),
      settings ? Server.start(settings) : null,
    ]);
    // The host name that the server itself uses in the addresses of files.
    const url = (server?.url ?? inject("url")).replace("127.0.0.1", "localhost");
    return new Stage(browser, url, server);
  }

  async close(): Promise<void> {
    await Promise.all(this.contexts.map((context) => context.close()));
    await this.browser.close();
    await this.own?.close();
  }

  /** The stage's own server, to be killed for example. */
  get server(): Server {
    if (!this.own)
      throw new Error("the server is shared: open a stage with settings to have its own");
    return this.own;
  }

  /**
   * Checks that the policy refused nothing, and that nothing was thrown, logged as an error or
   * fetched from elsewhere. A test that failed leaves screenshots of all pages in build/e2e.
   */
  async check({ task }: TestContext): Promise<void> {
    const faults = this.faults.splice(0);
    if (task.result?.state !== "fail") expect(faults).toEqual([]);
    else await this.shoot(task.name);
  }

  private async shoot(name: string): Promise<void> {
    const pages = this.contexts.flatMap((context) => context.pages());
    for (const [at, page] of pages.entries()) {
      await page.screenshot({ path: join(PICTURES, `${name.replace(/\W+/g, "-")}-${at}.png`) });
    }
    // For a picture in Firefox, Playwright adds a style to the page, which the policy refuses.
    this.forgive(/blocked an inline style/);
  }

  /** Ignores faults that are part of the test. */
  forgive(pattern: RegExp): void {
    const left = this.faults.filter((fault) => !pattern.test(fault));
    this.faults.splice(0, this.faults.length, ...left);
  }

  /** A page on which nobody has signed in. */
  async visitor(device: Device = DESKTOP): Promise<Page> {
    const options: Device = { baseURL: this.url, reducedMotion: "reduce", ...device };
    const context = await this.browser.newContext(options);
    context.setDefaultTimeout(PATIENCE);
    if (IN_FIREFOX) await context.addInitScript(prepareFirefox);
    context.on("page", (page) => this.watch(page));
    this.contexts.push(context);
    return context.newPage();
  }

  /** A new user, signed in. `name` is what others see. */
  async person(name: string, device: Device = DESKTOP): Promise<Person> {
    // What the app stores when somebody signs in, and when it has offered notifications.
    const localStorage = [
      { name: "signed-in", value: "1" },
      { name: "notifications-offered", value: "1" },
    ];
    const storageState = { cookies: [], origins: [{ origin: this.url, localStorage }] };
    const page = await this.visitor({ ...device, storageState });
    const username = `${name.toLowerCase().replace(/\W/g, "")}_${process.pid}_${this.count++}`;
    const body = { email: `${username}@example.com`, username, display_name: name };
    const signUp = { ...body, password: PASSWORD, cookie: true };
    const answer = await page.request.post("/api/v1/auth/signup", { data: signUp });
    const { user, access_token } = await answer.json();
    await page.goto("/");
    await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
    return new Person(name, username, user.id, page, access_token);
  }

  private watch(page: Page): void {
    page.on("pageerror", (error) => {
      if (IN_FIREFOX && FIREFOX_SOCKETS.test(error.message)) return;
      this.faults.push(`thrown: ${error.stack ?? error}`);
    });
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      this.faults.push(`console: ${message.text()} ${message.location().url}`);
    });
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (/^https?:$/.test(protocol) && origin !== this.url) {
        this.faults.push(`from elsewhere: ${request.url()}`);
      }
    });
  }
}

/** Opens the direct chat of two people, on both sides. */
export async function openDirectRoom(ann: Person, bob: Person): Promise<string> {
  const body = { kind: "direct", user_id: bob.id };
  const { id } = await ann.call<{ id: string }>("POST", "/rooms", body);
  await Promise.all([openRoom(ann, bob.name), openRoom(bob, ann.name)]);
  return id;
}

/** Creates a group with these members, and returns its address. */
export async function makeGroup(owner: Person, name: string, members: Person[]): Promise<string> {
  const member_ids = members.map(({ id }) => id);
  const body = { kind: "group", name, member_ids };
  const { id } = await owner.call<{ id: string }>("POST", "/rooms", body);
  return `/rooms/${id}`;
}

/** Opens a room by pressing it in the list. */
export async function openRoom({ page }: Person, name: string): Promise<void> {
  const rows = page.getByRole("list", { name: "Chats" }).getByRole("link");
  // A name may stand in the latest message too.
  await rows.filter({ has: page.locator(`[class*=name]:text-is("${name}")`) }).click();
  await composer(page).waitFor();
}

/** Opens the panel with the details of the open room. */
export async function openDetails({ page }: Person): Promise<Locator> {
  const panel = page.getByRole("complementary");
  const title = panel.getByRole("heading", { name: "Details" });
  if (!(await title.isVisible())) {
    await page.getByRole("button", { name: "Details", exact: true }).click();
  }
  await title.waitFor();
  return panel;
}

export const feed = (page: Page) => page.getByRole("feed", { name: "Messages" });

/** The messages that contain the text. */
export const message = ({ page }: { page: Page }, text: string | RegExp) =>
  feed(page).getByRole("article").filter({ hasText: text });

/**
 * Moves the focus as the keyboard does. In Firefox only the front window hears of it, and a call of
 * `focus` alone does not match `:focus-visible`.
 */
export async function focusByKey(element: Locator): Promise<void> {
  await element.page().bringToFront();
  const options: FocusOptions & { focusVisible: boolean } = { focusVisible: true };
  await element.evaluate((each: HTMLElement, how) => {
    // What had the focus before the window came to the front would not be told of it.
    each.blur();
    each.focus(how);
  }, options);
}

/**
 * Opens a message's menu with the keyboard. It presses the key until the menu is open, because on a
 * busy machine the first press can be lost.
 */
export async function openMessageMenu({ page }: { page: Page }, text: string): Promise<Locator> {
  const row = message({ page }, text).first();
  const menu = page.getByRole("menu", { name: "Message actions" });
  await expect
    .poll(
      async () => {
        if (await menu.isVisible()) return true;
        await focusByKey(row);
        await row.press("Enter");
        return menu.isVisible();
      },
      { timeout: 10_000, interval: 500 },
    )
    .toBe(true);
  return menu;
}

/** Chooses an item of a message's menu with the keyboard. */
export async function choose(person: Person, text: string, item: string): Promise<void> {
  const menu = await openMessageMenu(person, text);
  await menu.getByRole("menuitem", { name: item, exact: true }).press("Enter");
}

/** Lets the page read the clipboard. Firefox has no such permission, but a preference. */
export async function allowClipboard(context: BrowserContext): Promise<void> {
  if (IN_FIREFOX) return;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
}

export const composer = (page: Page) => page.getByRole("textbox", { name: /^Message/ });

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

export const dialog = (page: Page, name: string) => page.getByRole("dialog", { name, exact: true });

/** Adds files to the tray of the open room. */
export async function attach(page: Page, ...files: readonly File[]): Promise<void> {
  await page
    .getByLabel("Attach files")
    .and(page.locator("input"))
    .setInputFiles([...files]);
}

export type File = { name: string; mimeType: string; buffer: Buffer };

export const note = (name: string): File => ({
  name,
  mimeType: "text/plain",
  buffer: Buffer.from("some notes"),
});

/** Letters of 32 pixels. The next page that is loaded has letters of the usual size again. */
export const enlarge = (page: Page) =>
  page.evaluate(() => {
    document.documentElement.style.fontSize = "32px";
  });
