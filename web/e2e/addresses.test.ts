/** The page at another address than the server's own, and what it learns from the server. */

import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { attach, composer, DESKTOP, feed, note, PASSWORD, Stage, say } from "./stage.ts";

let stage: Stage;

afterEach(async (context) => {
  await stage.check(context);
  await stage.close();
});

/** A page at a name that leads to this machine, and that the server was not told of. */
async function atName(): Promise<Page> {
  const baseURL = stage.url.replace("localhost", "nas.localhost");
  const page = await stage.visitor({ ...DESKTOP, baseURL });
  await page.goto("/sign-up");
  return page;
}

async function signUp(page: Page): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill("Ann");
  await page.getByLabel("Username").fill("ann");
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
}

test("without PUBLIC_URL a local name works, files included", async () => {
  stage = await Stage.open({});
  const page = await atName();
  await signUp(page);
  const room = await page.evaluate(async () => {
    const { access_token } = await (
      await fetch("/api/v1/auth/refresh", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: "{}",
      })
    ).json();
    const made = await fetch("/api/v1/rooms", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${access_token}` },
      body: JSON.stringify({ kind: "group", name: "LAN" }),
    });
    return (await made.json()).id;
  });
  await page.goto(`/rooms/${room}`);
  await composer(page).waitFor();
  await attach(page, { name: "dot.svg.png", mimeType: "image/png", buffer: PIXEL });
  await say(page, "a picture");
  const picture = feed(page).locator("img[src*='/media/']");
  await picture.waitFor();
  expect(await picture.getAttribute("src")).toContain("//nas.localhost:");
  await expect
    .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  await page.reload();
  await picture.waitFor();
  // Everything came from where the page came from.
  stage.forgive(/from elsewhere: http:\/\/nas\.localhost:/);
});

test("at another name than PUBLIC_URL the page says which is meant, and what to set", async () => {
  stage = await Stage.open({ PUBLIC_URL: "https://chat.example" });
  for (const path of ["/", "/sign-in", "/sign-up"]) {
    const page = await stage.visitor();
    await page.goto(path);
    await page.getByText("It is meant to be opened at https://chat.example.").waitFor();
    await page.getByText(`set PUBLIC_URL to ${stage.url}`).waitFor();
    const link = page.getByRole("link", { name: "Open it there" });
    expect(await link.getAttribute("href")).toBe("https://chat.example");
  }
});

test("the limit of files is the server's", async () => {
  stage = await Stage.open({ LIMIT_MAX_UPLOAD_BYTES: "2KB" });
  const ann = await stage.person("Ann");
  const { id } = await ann.call<{ id: string }>("POST", "/rooms", { kind: "group", name: "Small" });
  await ann.page.goto(`/rooms/${id}`);
  await composer(ann.page).waitFor();
  await attach(ann.page, { ...note("large.txt"), buffer: Buffer.alloc(2_001, "x") });
  await ann.page.getByText(/large\.txt.*2 kB/).waitFor();
  await attach(ann.page, { ...note("small.txt"), buffer: Buffer.alloc(2_000, "x") });
  await say(ann.page, "a file");
  await feed(ann.page).getByText("small.txt").waitFor();
});

/** One dot, as a PNG. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
