/** How a session ends, elsewhere or on purpose, and what becomes of what was written. */

import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  BARE,
  composer,
  dialog,
  makeGroup,
  message,
  PASSWORD,
  type Person,
  Stage,
  say,
} from "./stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

async function signIn(page: Page, { username }: Person): Promise<void> {
  await page.getByLabel("Email or username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signOut({ page }: Person): Promise<void> {
  await page.getByRole("button", { name: "Account menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

/** Ends all sessions of the person, as another device would. */
async function endElsewhere(person: Person): Promise<void> {
  const page = await stage.visitor();
  await page.goto("/sign-in");
  await signIn(page, person);
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await page.goto("/settings/sessions");
  await page.getByRole("button", { name: "Sign out all other devices" }).click();
  await page.getByText("All other devices have been signed out").waitFor();
  await page.context().close();
}

test("a session that ends elsewhere says why, and keeps the draft for its author alone", async () => {
  const [ann, eve] = [await stage.person("Ann", BARE), await stage.person("Eve", BARE)];
  const { page } = ann;
  const room = await makeGroup(ann, "Kept", [eve]);
  await page.goto(room);
  await composer(page).fill("half a thought");
  await endElsewhere(ann);
  const note = page.getByRole("main").getByRole("status");
  await note.getByText("This device was signed out from another one.").waitFor();
  await note.getByText("Kept in this browser until you sign in again: your drafts.").waitFor();
  await page.reload();
  await note.getByText("This device was signed out from another one.").waitFor();

  await signIn(page, eve);
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
  await page.goto(room);
  await composer(page).waitFor();
  expect(await composer(page).inputValue()).toBe("");
  expect(await page.getByText("half a thought").count()).toBe(0);
  await signOut(ann);
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  expect(await note.count()).toBe(0);

  await signIn(page, ann);
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await page.goto(room);
  await expect.poll(() => composer(page).inputValue()).toBe("half a thought");
  stage.forgive(/401/);
});

test("unsent messages wait for the next sign-in, and are sent then", async () => {
  const [ann, bob] = [await stage.person("Ann", BARE), await stage.person("Bob", BARE)];
  const { page } = ann;
  const room = await makeGroup(ann, "Later", [bob]);
  await bob.page.goto(room);
  await page.goto(room);
  await composer(page).waitFor();
  await ann.context.setOffline(true);
  await say(page, "Written without a network");
  await message(ann, "Written without a network").waitFor();
  await endElsewhere(ann);
  await ann.context.setOffline(false);
  const note = page.getByRole("main").getByRole("status");
  await note.getByText(/Your session has expired, or it was ended/).waitFor();
  await note.getByText("Kept in this browser until you sign in again: 1 unsent message.").waitFor();
  await signIn(page, ann);
  await message(bob, "Written without a network").waitFor();
  await message(ann, "Written without a network").waitFor();
  await expect.poll(() => message(ann, "Written without a network").count()).toBe(1);
  stage.forgive(/401|ERR_INTERNET|WebSocket|Failed to load|can’t establish/);
});

test("signing out with unsent messages asks first, and then deletes them", async () => {
  const ann = await stage.person("Ann", BARE);
  const { page } = ann;
  // The server can be asked to sign out, but a connection can be cut.
  const open = new Set<WebSocketRoute>();
  let cut = false;
  await page.routeWebSocket(/socket\.io/, (socket) => {
    if (cut) return void socket.close();
    socket.connectToServer();
    open.add(socket);
  });
  await page.goto(await makeGroup(ann, "Lost", []));
  await composer(page).waitFor();
  cut = true;
  await page.route(/socket\.io/, (route) => route.abort());
  for (const socket of open) await socket.close();
  await say(page, "Never sent");
  await signOut(ann);
  const sure = dialog(page, "Sign out now?");
  await sure.getByText("1 message has not been sent yet.").waitFor();
  await sure.getByRole("button", { name: "Cancel" }).click();
  await message(ann, "Never sent").waitFor();
  await signOut(ann);
  await sure.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  cut = false;
  await page.unroute(/socket\.io/);
  await signIn(page, ann);
  await page.getByRole("link", { name: /Lost/ }).click();
  await composer(page).waitFor();
  expect(await message(ann, "Never sent").count()).toBe(0);
  stage.forgive(/ERR_FAILED|WebSocket|401|Failed to load|can’t establish/);
});
