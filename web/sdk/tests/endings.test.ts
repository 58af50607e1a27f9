/** How sessions end, and what waits for the same user's next sign-in. */

import { expect, test } from "vitest";
import { type Chat, ChatError, MemoryCache, type SignedOut } from "../src/index.ts";
import { client, group, inside, me, online, PASSWORD, person, shows, until } from "./people.ts";

const end = (chat: Chat) =>
  new Promise<SignedOut>((resolve) => void chat.on("signed_out", resolve));

/** Nothing that this client sends arrives. */
function mute(chat: Chat): void {
  inside(chat).outbox.sendMessage = () => Promise.reject(new ChatError("unavailable", "not today"));
}

async function changePassword(chat: Chat, password: string): Promise<void> {
  const body = { current_password: PASSWORD, new_password: password };
  await chat.api.post("/auth/password", { body });
}

test("unsent messages wait for their author when a session is ended elsewhere", async () => {
  const cache = new MemoryCache();
  const [here, bob] = [await person("ann", { cache }), await person("bob")];
  const [hers, his] = await group(here, bob);
  const there = client();
  const { username, id } = me(here);
  await there.signIn({ login: username, password: PASSWORD });
  mute(here);
  hers.send({ text: "First" });
  hers.send({ text: "Second" });
  await until(here.unsent, (count) => count === 2);
  const ended = end(here);
  await changePassword(there, "another good password");
  expect(await ended).toEqual({ userId: id, reason: "password_changed", kept: true, unsent: 2 });
  expect(here.unsent.get()).toBe(0);
  for (const store of ["state", "rooms", "users"] as const) {
    await expect.poll(() => cache.load(store)).toEqual([]);
  }

  const eve = await person("eve", { cache });
  expect(eve.unsent.get()).toBe(0);
  expect(eve.room(hers.id).timeline.get().outgoing).toEqual([]);
  await eve.signOut();

  const again = client({ cache });
  await again.signIn({ login: username, password: "another good password" });
  await online(again);
  await shows(his, "First", "Second");
  await until(again.unsent, (count) => count === 0);
  await expect.poll(() => cache.load("outbox")).toEqual([]);
});

test("whoever signs out on purpose leaves nothing, in other tabs too", async () => {
  const cache = new MemoryCache();
  const chat = await person("ann", { cache });
  const [room] = await group(chat);
  mute(chat);
  room.send({ text: "Never mind" });
  expect(chat.unsent.get()).toBe(1);
  await expect.poll(async () => (await cache.load("outbox")).length).toBe(1);
  const tab = client({ cache });
  mute(tab);
  await tab.restore();
  await online(tab);
  await until(tab.unsent, (count) => count === 1);
  expect(await tab.countUnsent()).toBe(1);
  const ends = [end(chat), end(tab)];
  await chat.signOut();
  const [first, second] = await Promise.all(ends);
  expect(first).toMatchObject({ reason: "asked", kept: false, unsent: 0 });
  expect(second).toMatchObject({ reason: "signed_out", kept: false, unsent: 0 });
  expect(await cache.load("outbox")).toEqual([]);
});

test("a session that ended while the program was closed says so", async () => {
  const cache = new MemoryCache();
  const chat = await person("ann", { cache });
  const { username, id } = me(chat);
  const [room] = await group(chat);
  mute(chat);
  room.send({ text: "Later" });
  chat.close();
  const there = client();
  await there.signIn({ login: username, password: PASSWORD });
  await there.api.delete("/auth/sessions");
  const back = client({ cache });
  const ended = end(back);
  expect(await back.restore()).toBe(false);
  expect(await ended).toEqual({ userId: id, reason: "lapsed", kept: true, unsent: 1 });
});
