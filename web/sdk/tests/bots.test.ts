/** What a bot can rely on: it hears of each message, and answers each once. */

import { expect, inject, test } from "vitest";
import { type Chat, type Entry, MemoryCache, type RoomHandle } from "../src/index.ts";
import {
  client,
  group,
  inside,
  me,
  online,
  PASSWORD,
  person,
  shows,
  texts,
  until,
} from "./people.ts";
import { Wire } from "./wire.ts";

async function say(chat: Chat, room: RoomHandle, ...said: readonly string[]): Promise<void> {
  for (const text of said) {
    const body = { client_id: crypto.randomUUID(), text };
    await chat.api.post("/rooms/{room_id}/messages", { path: { room_id: room.id }, body });
  }
}

/** Answers what it hears. Returns what it has heard. */
function answering(bot: Chat): string[] {
  const heard: string[] = [];
  bot.on("message", ({ room, message, own }) => {
    if (own || message.kind !== "text") return;
    heard.push(message.text);
    room.send({ text: `re: ${message.text}` });
  });
  return heard;
}

/** A cache of a program that is killed: from some moment on nothing is written any more. */
class MortalCache extends MemoryCache {
  saves = 0;
  /** The save that is not made any more, and none after it. */
  end = Infinity;
  onEnd: () => void = () => {};

  override async save(entries: readonly Entry[]): Promise<void> {
    if (++this.saves === this.end) this.onEnd();
    // The writing program never learns whether it was saved.
    if (this.saves >= this.end) return new Promise(() => {});
    await super.save(entries);
  }
}

test("a listener is told whose a message is", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const heard: [string, boolean][] = [];
  ann.on("message", ({ message, own }) => heard.push([message.text, own]));
  here.send({ text: "mine" });
  await shows(there, "mine");
  there.send({ text: "yours" });
  await shows(here, "mine", "yours");
  expect(heard).toEqual([
    ["mine", true],
    ["yours", false],
  ]);
});

test("a message with the same clientId is there once, also if another program sends it", async () => {
  const cache = new MemoryCache();
  const ann = await person("ann", { cache });
  const [here] = await group(ann);
  const clientId = crypto.randomUUID();
  const first = here.send({ text: "once", clientId });
  expect(here.send({ text: "once", clientId })).toBe(first);
  expect(first.clientId).toBe(clientId);
  await shows(here, "once");
  here.send({ text: "once", clientId });
  await shows(here, "once");
  ann.close();
  const again = client({ cache });
  await again.restore();
  const there = again.room(here.id);
  there.send({ text: "once", clientId });
  await there.open();
  there.send({ text: "last" });
  await shows(there, "once", "last");
  expect(there.timeline.get().messages.at(-2)?.client_id).toBe(clientId);
});

test("a message that was refused may be sent again with the same clientId", async () => {
  const ann = await person("ann");
  const [here] = await group(ann);
  const clientId = crypto.randomUUID();
  here.send({ text: "x".repeat(8_001), clientId });
  await until(here.timeline, ({ outgoing }) => outgoing[0]?.state === "failed");
  here.send({ text: "shorter", clientId });
  await shows(here, "shorter");
});

test("what a room that starts afresh leaves out is told", async () => {
  const wire = await Wire.to(inject("url"));
  const [ann, bob] = await Promise.all([person("ann", { url: wire.url }), person("bob")]);
  const [here, there] = await group(ann, bob);
  const heard: (string | number)[] = [];
  ann.on("message", ({ message }) => heard.push(message.seq));
  ann.on("missed", ({ room, from, to }) => heard.push(`${room === here} ${from}-${to}`));
  await say(bob, there, "before");
  await until(here.info, (info) => info?.last_seq === 2);
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  await say(bob, there, ...Array.from({ length: 201 }, (_, at) => `number ${at}`));
  wire.mend();
  await online(ann);
  await say(bob, there, "after");
  await until(here.info, (info) => info?.last_seq === 204);
  expect(heard).toEqual([2, "true 3-203", 204]);
});

// Whichever of its saves was the last one, the next program goes on from there.
test.each([1, 2, 3])("a bot that dies at its save %i answers once", async (turn) => {
  const wire = await Wire.to(inject("url"));
  const cache = new MortalCache();
  const bot = await person("bot", { url: wire.url, cache });
  const bob = await person("bob");
  const [, there] = await group(bot, bob);
  answering(bot);
  await expect.poll(async () => (await cache.load("rooms")).length, { timeout: 5_000 }).toBe(1);
  cache.end = cache.saves + turn;
  const dead = new Promise<void>((resolve) => {
    cache.onEnd = () => resolve(wire.cut());
  });
  await say(bob, there, "one");
  // A later save than those of the answer is that of the rooms.
  await dead;
  bot.close();
  await say(bob, there, "two");
  cache.end = Infinity;
  wire.mend();
  const next = client({ url: wire.url, cache });
  answering(next);
  expect(await next.restore()).toBe(true);
  await until(there.timeline, () => texts(there).includes("re: two"));
  await say(bob, there, "three");
  await until(there.timeline, () => texts(there).includes("re: three"));
  const answers = texts(there).filter((text) => text.startsWith("re: "));
  expect(answers.sort()).toEqual(["re: one", "re: three", "re: two"]);
});

test("what a listener was not done with is told again to the next program", async () => {
  const cache = new MemoryCache();
  const bot = await person("bot", { cache });
  const bob = await person("bob");
  const [here, there] = await group(bot, bob);
  const heard: string[] = [];
  bot.on("message", async ({ message }) => {
    heard.push(message.text);
    if (message.text === "two") await new Promise(() => {});
  });
  await say(bob, there, "one", "two", "three");
  await until(here.timeline, () => texts(here).length === 3);
  expect(heard).toEqual(["one", "two", "three"]);
  bot.close();
  await say(bob, there, "four");
  const next = client({ cache });
  const told: string[] = [];
  next.on("message", ({ message }) => told.push(message.text));
  await next.restore();
  await until(next.room(here.id).info, (info) => info?.last_seq === 5);
  expect(told).toEqual(["two", "three", "four"]);
  next.close();
  const last = client({ cache });
  const nothing: string[] = [];
  last.on("message", ({ message }) => nothing.push(message.text));
  await last.restore();
  await online(last);
  expect(nothing).toEqual([]);
});

test("what was not told and is not cached is told as missed", async () => {
  const cache = new MemoryCache();
  const bot = await person("bot", { cache });
  const bob = await person("bob");
  const [here, there] = await group(bot, bob);
  bot.on("message", () => new Promise(() => {}));
  await say(bob, there, ...Array.from({ length: 60 }, (_, at) => String(at)));
  await until(here.info, (info) => info?.last_seq === 61);
  bot.close();
  const next = client({ cache });
  const told: unknown[] = [];
  next.on("missed", ({ from, to }) => told.push([from, to]));
  next.on("message", ({ message }) => told.push(message.seq));
  await next.restore();
  await online(next);
  expect(told).toEqual([[2, 21], ...Array.from({ length: 40 }, (_, at) => 22 + at)]);
  expect(me(next).id).toBe(me(bot).id);
});

test("a room that is entered while the first sync is under way stays, and is told of", async () => {
  const [bob, bot] = await Promise.all([person("bob"), person("bot")]);
  const there = await bob.createRoom({ name: "Lobby", visibility: "public" });
  const next = client();
  const heard: string[] = [];
  next.on("message", ({ message }) => heard.push(message.text));
  await next.signIn({ login: me(bot).username, password: PASSWORD });
  const { sync, connection } = inside(next);
  const ask = connection.call.bind(connection) as (...given: unknown[]) => Promise<unknown>;
  let asked = false;
  // The answer of the first sync arrives after the room is entered, and somebody has spoken there.
  const late = async (...given: unknown[]) => {
    const answer = await ask(...given);
    if (given[1] !== "sync" || asked) return answer;
    asked = true;
    const here = await next.joinRoom(there.id);
    await say(bob, there, "hello");
    await until(here.info, (info) => info?.last_message?.text === "hello");
    expect(sync.epoch).toBeNull();
    return answer;
  };
  Object.assign(connection, { call: late });
  await online(next);
  await say(bob, there, "again");
  await until(next.room(there.id).info, (info) => info?.last_message?.text === "again");
  expect(heard.slice(-2)).toEqual(["hello", "again"]);
});
