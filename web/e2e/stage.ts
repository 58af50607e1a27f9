/** People with browsers of their own, in front of one server. */

import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect, inject, type TestContext } from "vitest";
import { Server } from "../sdk/tests/server.ts";

export { Server };

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PICTURES = join(import.meta.dirname, "../../build/e2e");
const PATIENCE = 15_000;
const PASSWORD = "correct horse battery";

export type Device = Parameters<Browser["newContext"]>[0];
export const PHONE: Device = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};
export const DESKTOP: Device = { viewport: { width: 1280, height: 800 } };

export interface Person {
  readonly name: string;
  readonly username: string;
  readonly page: Page;
  readonly context: BrowserContext;
}

/** What goes wrong in a page fails the test, unless it is expected. */
export class Stage {
  private readonly faults: string[] = [];
  private count = 0;

  private constructor(
    readonly server: Server,
    private readonly browser: Browser,
  ) {}

  static async open(settings: Record<string, string> = {}): Promise<Stage> {
    const [server, browser] = await Promise.all([
      Server.start(settings),
      chromium.launch({ executablePath: inject("chromium"), args: FLAGS }),
    ]);
    return new Stage(server, browser);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  /** Nothing was refused by the policy, thrown or logged as an error. A test that failed leaves
   * pictures of all pages in build/e2e. */
  async check({ task }: TestContext): Promise<void> {
    const faults = this.faults.splice(0);
    if (task.result?.state !== "fail") expect(faults).toEqual([]);
    else await this.shoot(task.name);
  }

  private async shoot(name: string): Promise<void> {
    const pages = this.browser.contexts().flatMap((context) => context.pages());
    for (const [at, page] of pages.entries()) {
      await page.screenshot({ path: join(PICTURES, `${name.replace(/\W+/g, "-")}-${at}.png`) });
    }
  }

  /** Faults of that kind are part of the test. */
  forgive(pattern: RegExp): void {
    const left = this.faults.filter((fault) => !pattern.test(fault));
    this.faults.splice(0, this.faults.length, ...left);
  }

  /** A page that nobody has signed in on. */
  async visitor(device: Device = DESKTOP): Promise<Page> {
    const context = await this.browser.newContext({ baseURL: this.server.url, ...device });
    context.setDefaultTimeout(PATIENCE);
    return this.watch(await context.newPage());
  }

  /** Somebody new, signed in; `name` is what others see. */
  async person(name: string, device: Device = DESKTOP): Promise<Person> {
    const page = await this.visitor(device);
    const username = `${name.toLowerCase().replace(/\W/g, "")}_${process.pid}_${this.count++}`;
    await page.goto("/sign-up");
    await page.evaluate(
      async ([username, display_name, password]) => {
        const body = { email: `${username}@example.com`, username, display_name, password };
        await fetch("/api/v1/auth/signup", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ ...body, cookie: true }),
        });
        localStorage.setItem("signed-in", "1");
      },
      [username, name, PASSWORD] as const,
    );
    await page.goto("/");
    await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
    return { name, username, page, context: page.context() };
  }

  /** Another tab or window of the same person. */
  async tab(person: Person): Promise<Page> {
    return this.watch(await person.context.newPage());
  }

  private watch(page: Page): Page {
    page.on("pageerror", (error) => this.faults.push(`thrown: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      this.faults.push(`console: ${message.text()} ${message.location().url}`);
    });
    return page;
  }
}

/** Opens the direct room of the two, on both sides. */
export async function meet(ann: Person, bob: Person): Promise<void> {
  await startDirect(ann, bob);
  await openRoom(bob, ann.name);
}

export async function startDirect(ann: Person, bob: Person): Promise<void> {
  const { page } = ann;
  await page.getByRole("button", { name: "New chat" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New chat" });
  await dialog.getByRole("searchbox").fill(bob.username);
  await dialog.getByRole("button", { name: bob.name }).click();
  await dialog.waitFor({ state: "hidden" });
  await composer(page).waitFor();
}

/** By the list. */
export async function openRoom({ page }: Person, name: string): Promise<void> {
  await page.getByRole("list", { name: "Chats" }).getByRole("link", { name }).click();
  await composer(page).waitFor();
}

export async function createGroup(
  { page }: Person,
  name: string,
  members: readonly Person[] = [],
  { open = false } = {},
): Promise<void> {
  await page.getByRole("button", { name: "New chat" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New chat" });
  await dialog.getByRole("tab", { name: "Group", exact: true }).click();
  await dialog.getByLabel("Name of the group").fill(name);
  if (open) await dialog.getByRole("switch").check();
  for (const member of members) {
    await dialog.getByRole("searchbox").fill(member.username);
    await dialog.getByRole("button", { name: member.name, pressed: false }).click();
  }
  await dialog.getByRole("button", { name: "Create group" }).click();
  await page.getByRole("heading", { name, exact: true }).first().waitFor();
  await page.waitForURL(/\/rooms\//);
  await composer(page).waitFor();
}

export const feed = (page: Page) => page.getByRole("feed", { name: "Messages" });

export const composer = (page: Page) => page.getByRole("textbox", { name: /^Message/ });

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}
