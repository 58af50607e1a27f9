/** What is shown of a message is the message as it is now, and what is said of reading is true. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { draftsKey } from "../src/lib/drafts-key.ts";
import {
  choose,
  composer,
  feed,
  makeGroup,
  message,
  openMessageMenu,
  type Person,
  PHONE,
  Stage,
  say,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let carol: Person;
let dan: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob, carol, dan] = await Promise.all([
    stage.person("Ann"),
    stage.person("Bob"),
    stage.person("Carol"),
    stage.person("Dan", PHONE),
  ]);
  room = await makeGroup(ann, "Truth", [bob, carol, dan]);
  await ann.page.goto(room);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const panel = ({ page }: Person) => page.getByRole("complementary");
async function open(person: Person, address: string, name: string): Promise<void> {
  await person.page.goto(address);
  await panel(person).getByRole("heading", { name, level: 1 }).waitFor();
}

interface Sent {
  readonly seq: number;
}

function send(by: Person, text: string): Promise<Sent> {
  const client_id = crypto.randomUUID();
  return by.call<Sent>("POST", `${room}/messages`, { client_id, text });
}

const edit = (by: Person, { seq }: Sent, text: string) =>
  by.call("PATCH", `${room}/messages/${seq}`, { text });
const remove = async (by: Person, { seq }: Sent) => {
  await by.call("DELETE", `${room}/messages/${seq}`);
};

test("nobody's face stands where they have never been", async () => {
  await feed(ann.page).getByText("created the group").waitFor();
  expect(await feed(ann.page).getByText("Seen by").count()).toBe(0);
});

test("own messages in groups show that they were sent, and who has read them", async () => {
  await say(ann.page, "Have you seen it?");
  const row = message(ann, "Have you seen it?");
  await row.getByRole("img", { name: "Sent" }).waitFor();
  await bob.page.goto(room);
  await row.getByRole("img", { name: "Seen by 1 person" }).waitFor();
  await row.getByText("Seen by Bob").waitFor();
  const menu = await openMessageMenu(ann, "Have you seen it?");
  const seen = menu.getByRole("group", { name: "Seen by 1 person" });
  await seen.getByText("Bob").waitFor();
  await seen.getByRole("time").waitFor();
  await ann.page.keyboard.press("Escape");
  expect(await feed(bob.page).getByText("Seen by Carol").count()).toBe(0);
});

test("by touch, the message's menu says who has read it", async () => {
  await Promise.all([dan.page.goto(room), bob.page.goto(room)]);
  await composer(dan.page).fill("By hand");
  await dan.page.getByRole("button", { name: "Send", exact: true }).click();
  await message(bob, "By hand").waitFor();
  const row = message(dan, "By hand");
  // Ann has the room open too, and may read it first.
  await row.getByText(/^Seen by .*Bob$/).waitFor();
  const words = row.getByRole("paragraph");
  const { x = 0, y = 0 } = (await words.boundingBox()) ?? {};
  const finger = { pointerType: "touch", isPrimary: true, bubbles: true };
  const at = { ...finger, clientX: x + 5, clientY: y + 5 };
  await words.dispatchEvent("pointerdown", at);
  // This is how long a press has to last.
  await dan.page.waitForTimeout(600);
  await words.dispatchEvent("pointerup", at);
  const menu = dan.page.getByRole("menu", { name: "Message actions" });
  const seen = menu.getByRole("group", { name: /^Seen by/ });
  await seen.getByText("Bob", { exact: true }).waitFor();
  await seen.getByRole("time").first().waitFor();
});

test("notifications, hits and pins follow edits and deletions", async () => {
  const first = await send(ann, `Plums for @${bob.username}`);
  await ann.call("PUT", `${room}/messages/${first.seq}/pin`);
  await open(bob, `${room}?panel=pins`, "Pinned messages");
  await panel(bob)
    .getByText(/^Plums for/)
    .waitFor();
  await open(carol, `${room}?panel=search`, "Search");
  await panel(carol).getByRole("searchbox").fill("plums");
  await panel(carol).getByText("Plums", { exact: true }).waitFor();
  await edit(ann, first, `Pears for @${bob.username}`);
  await panel(bob)
    .getByText(/^Pears for/)
    .waitFor();
  await panel(carol)
    .getByText(/^Pears for/)
    .waitFor();
  await open(bob, `${room}?panel=notifications`, "Notifications");
  await panel(bob)
    .getByText(/^Pears for/)
    .waitFor();
  await edit(ann, first, "Pears for nobody");
  await panel(bob)
    .getByText(/^Pears for/)
    .waitFor({ state: "detached" });
  await panel(carol).getByText("Pears for nobody").waitFor();
  await open(bob, `${room}?panel=pins`, "Pinned messages");
  await panel(bob).getByText("Pears for nobody").waitFor();
  await remove(ann, first);
  await panel(bob).getByText("Pears for nobody").waitFor({ state: "detached" });
  await panel(carol).getByText("Pears for nobody").waitFor({ state: "detached" });
});

test("the answer bar and its draft follow the message", async () => {
  const question = await send(ann, "Which colour?");
  await bob.page.goto(room);
  await choose(bob, "Which colour?", "Reply");
  const bar = bob.page.locator("form").getByText("Which colour?");
  await bar.waitFor();
  await edit(ann, question, "Which size?");
  await bob.page.locator("form").getByText("Which size?").waitFor();
  const kept = await bob.page.evaluate(
    (key) => localStorage.getItem(key) ?? "nothing",
    draftsKey(bob.id),
  );
  expect(kept).toContain(`"replyTo":${question.seq}`);
  expect(kept).not.toMatch(/colour|size/);
  await bob.page.reload();
  await bob.page.locator("form").getByText("Which size?").waitFor();
  await remove(ann, question);
  await bob.page.locator("form").getByText("Which size?").waitFor({ state: "detached" });
  await bob.page.getByRole("button", { name: "Cancel reply" }).click();
});

test("what a screen reader is told does not outlive the message", async () => {
  await bob.page.goto(room);
  await composer(bob.page).waitFor();
  const told = bob.page.getByRole("log", { name: "New messages" });
  for (const change of [
    (sent: Sent) => edit(ann, sent, "Never mind"),
    (sent: Sent) => remove(ann, sent),
  ]) {
    const sent = await send(ann, "A slip of the tongue");
    await told.getByText("A slip of the tongue").waitFor();
    await change(sent);
    await told.getByText("A slip of the tongue").waitFor({ state: "detached" });
  }
});

test("a mention keeps its highlight and leads to the user after a rename and an edit", async () => {
  const sent = await send(ann, `@${carol.username} helo`);
  await carol.call("PATCH", "/users/me", { username: `caroline_${process.pid}` });
  await edit(ann, sent, `@${carol.username} hello`);
  await bob.page.goto(room);
  await message(bob, `@${carol.username} hello`)
    .getByRole("button", { name: `@${carol.username}` })
    .click();
  const card = bob.page.getByRole("dialog", { name: "Profile" });
  await card.getByText(`@caroline_${process.pid}`).waitFor();
  await card.getByRole("button", { name: "Close" }).click();
});

test("nothing of a group stays unread when one is removed from it", async () => {
  await open(carol, "/?panel=notifications", "Notifications");
  await send(ann, "Hear @all");
  await panel(carol).getByText("Hear @all").waitFor();
  await ann.call("DELETE", `${room}/members/${carol.id}`);
  await panel(carol).getByText("Hear @all").waitFor({ state: "detached" });
  await carol.page.getByRole("button", { name: "Notifications", exact: true }).waitFor();
});
