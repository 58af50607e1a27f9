/** Links in mails, and what waits for them. */

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PostOffice } from "./post-office.ts";
import { PASSWORD, type Person, Stage, testInChromium } from "./stage.ts";

let office: PostOffice;
let stage: Stage;

beforeAll(async () => {
  office = await PostOffice.open();
  stage = await Stage.open({ SMTP_URL: office.url });
});
afterEach((context) => stage.check(context));
afterAll(async () => {
  await stage?.close();
  office?.close();
});

const mailOf = ({ username }: Person) => `${username}@example.com`;

/** Only the part after "#" differs, so the browser would not load the page anew by itself. */
async function follow(page: Page, kind: string, token: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`/#${kind}=${token}`);
}

async function asksFor({ page }: Person, email: string, password = PASSWORD): Promise<void> {
  await page.goto("/settings/account");
  await page.getByLabel("Email", { exact: true }).fill(email);
  await page.getByLabel("Confirm with your password").fill(password);
  await page.getByRole("button", { name: "Change email address" }).click();
}

async function signIn(page: Page, login: string, password = PASSWORD): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email or username").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
}

test("a forgotten password is replaced through a link in a mail", async () => {
  const ann = await stage.person("Ann");
  const page = await stage.visitor();
  await page.goto("/forgot");
  await page.getByLabel("Email").fill(mailOf(ann));
  await page.getByRole("button", { name: "Send link" }).click();
  await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
  await follow(page, "reset", await office.token(mailOf(ann), "reset"));
  await page.getByLabel("New password").fill("a quite different horse");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByRole("heading", { name: "Password changed" }).waitFor();
  await signIn(page, ann.username, "a quite different horse");
  stage.forgive(/401/);
  await page.context().close();
});

testInChromium("a new address waits until its link is followed", async () => {
  const bob = await stage.person("Bob");
  await asksFor(bob, "robert@example.com", "not the password");
  await bob.page.getByText("Incorrect password.").waitFor();
  stage.forgive(/401/);
  await asksFor(bob, "robert@example.com");
  await bob.page.getByText("robert@example.com is not confirmed yet.").waitFor();
  expect(await bob.page.getByLabel("Email", { exact: true }).inputValue()).toBe(mailOf(bob));
  await follow(bob.page, "verify", await office.token("robert@example.com", "verify"));
  await bob.page.getByRole("heading", { name: "Email address confirmed" }).waitFor();
  await bob.page.goto("/settings/account");
  const shown = () => bob.page.getByLabel("Email", { exact: true }).inputValue();
  await expect.poll(shown).toBe("robert@example.com");
  expect(await bob.page.getByText("is not confirmed yet").count()).toBe(0);
});

testInChromium("the current address can be kept", async () => {
  const cat = await stage.person("Cat");
  await asksFor(cat, "other-cat@example.com");
  await cat.page.getByText("other-cat@example.com is not confirmed yet").waitFor();
  await cat.page.getByRole("button", { name: "Keep current address" }).click();
  await cat.page.getByText("Please fill in this field.").waitFor();
  await cat.page.getByLabel("Confirm with your password").fill(PASSWORD);
  await cat.page.getByRole("button", { name: "Keep current address" }).click();
  await cat.page.getByText("Your email address stays the same").waitFor();
  await cat.page.getByText("is not confirmed yet").waitFor({ state: "detached" });
});

testInChromium(
  "the owner of the old address can undo the change, and is led to a new password",
  async () => {
    const dan = await stage.person("Dan");
    await asksFor(dan, "thief@example.com");
    const page = await stage.visitor();
    await follow(page, "undo-email", await office.token(mailOf(dan), "undo-email"));
    await page.getByRole("heading", { name: "Email address restored" }).waitFor();
    await dan.page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await page.getByRole("button", { name: "Choose a new password" }).click();
    await page.getByRole("heading", { name: "Forgot your password?" }).waitFor();
    await follow(page, "undo-email", "never one");
    await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    stage.forgive(/401|422/);
    await page.context().close();
  },
);
