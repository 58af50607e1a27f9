/** A message arrives exactly once, whatever happens on the way. */

import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Chat, ChatError, MemoryCache, type RoomHandle, type Timeline } from "../src/index.ts";
import type { SendPayload } from "../src/outbox.ts";
import { another, client, group, inside, online, person, shows, texts, until } from "./people.ts";
import { Server } from "./server.ts";
import { Wire } from "./wire.ts";

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());

const file = (name: string, size = 10) => new File(["x".repeat(size)], name);

async function history(chat: Chat, room: RoomHandle): Promise<string[]> {
  const path = { room_id: room.id };
  const { items } = await chat.api.get("/rooms/{room_id}/messages", {
    path,
    query: { limit: 100 },
  });
  return items
    .filter(({ kind }) => kind === "text")
    .map(({ text }) => text)
    .reverse();
}

test("messages written without a connection are sent with the next one, once and in order", async () => {
  const wire = await Wire.to(inject("url"));
  const [ann, bob] = await Promise.all([person("ann", { url: wire.url }), person("bob")]);
  const [here, there] = await group(ann, bob);
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  const wanted = ["one", "two", "three"];
  for (const text of wanted) here.send({ text });
  there.send({ text: "meanwhile" });
  await shows(there, "meanwhile");
  expect(here.timeline.get().outgoing.map(({ text }) => text)).toEqual(wanted);
  wire.mend();
  await Promise.all([here, there].map((room) => shows(room, "meanwhile", ...wanted)));
  expect(await history(bob, there)).toEqual(["meanwhile", ...wanted]);
});

test("unsent messages survive the end of the program", async () => {
  const wire = await Wire.to(inject("url"));
  const cache = new MemoryCache();
  const ann = await person("ann", { url: wire.url, cache });
  const [here] = await group(ann);
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  here.send({ text: "later" });
  ann.close();
  wire.mend();
  const again = client({ url: wire.url, cache });
  await again.restore();
  const there = again.room(here.id);
  expect(there.timeline.get().outgoing.map(({ text }) => text)).toEqual(["later"]);
  await there.open();
  await shows(there, "later");
  await expect.poll(() => cache.load("outbox")).toEqual([]);
});

test("files wait for a connection with their message, outlive the program, and go out once", async () => {
  const wire = await Wire.to(inject("url"));
  const cache = new MemoryCache();
  const [ann, bob] = await Promise.all([person("ann", { url: wire.url, cache }), person("bob")]);
  const [here, there] = await group(ann, bob);
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  here.send({ text: "with files", files: [file("one.txt"), file("two.txt")] });
  here.send({ text: "later" });
  ann.close();
  wire.mend();
  const again = client({ url: wire.url, cache });
  await again.restore();
  const now = again.room(here.id);
  const [waiting] = now.timeline.get().outgoing;
  expect(waiting?.files.map(({ name }) => name)).toEqual(["one.txt", "two.txt"]);
  await shows(there, "with files", "later");
  const [, sent] = there.timeline.get().messages;
  expect(sent?.attachments.map(({ name }) => name)).toEqual(["one.txt", "two.txt"]);
  await until(now.timeline, ({ outgoing }) => outgoing.length === 0);
  await expect.poll(() => cache.load("outbox")).toEqual([]);
});

test("a file that is refused stays behind, and its text and the next message go out", async () => {
  const strict = await Server.start({ LIMIT_MAX_UPLOAD_BYTES: "2000" });
  const ann = await person("ann", { url: strict.url });
  const [here] = await group(ann);
  here.send({ text: "words", files: [file("large.txt", 5_000), file("small.txt")] });
  here.send({ text: "more words" });
  await until(here.timeline, () => texts(here).length === 2);
  expect(texts(here)).toEqual(["words", "more words"]);
  const [first] = here.timeline.get().messages.filter(({ kind }) => kind === "text");
  expect(first?.attachments.map(({ name }) => name)).toEqual(["small.txt"]);
  const { outgoing } = await until(here.timeline, (now) => now.outgoing.length === 1);
  expect(outgoing[0]).toMatchObject({ state: "failed", text: "" });
  expect(outgoing[0]?.error?.code).toBe("payload_too_large");
  here.discard(outgoing[0]?.clientId ?? "");
  expect(here.timeline.get().outgoing).toEqual([]);
  await strict.close();
});

test("no more than 100 MB of files wait", async () => {
  const wire = await Wire.to(inject("url"));
  const ann = await person("ann", { url: wire.url });
  const [here] = await group(ann);
  wire.cut();
  const large = [1, 2].map((n) => file(`${n}.bin`, 40_000_000));
  here.send({ files: large });
  expect(() => here.send({ files: large })).toThrow(ChatError);
  here.send({ text: "texts always do" });
  expect(here.timeline.get().outgoing.length).toBe(2);
});

test("a lost ack makes no second message", async () => {
  const ann = await person("ann");
  const [here] = await group(ann);
  const outbox = inside(ann).outbox;
  const send = outbox.sendMessage.bind(outbox);
  let sends = 0;
  const losing = async (payload: SendPayload) => {
    const message = await send(payload);
    if (sends++ === 0) throw new Error("no ack");
    return message;
  };
  Object.assign(outbox, { sendMessage: losing });
  here.send({ text: "once" });
  here.send({ text: "twice" });
  await shows(here, "once", "twice");
  expect(await history(ann, here)).toEqual(["once", "twice"]);
});

/** Holds back the next event of that name. Returns it as it comes, and what lets it through. */
function delay(chat: Chat, name: string) {
  const line = inside(chat).connection;
  const hear = line.onEvent;
  let letThrough = () => {};
  const held = new Promise<void>((resolve) => {
    line.onEvent = (namespace, event, data) => {
      if (event !== name) return hear(namespace, event, data);
      line.onEvent = hear;
      letThrough = () => hear(namespace, event, data);
      resolve();
    };
  });
  return { held, letThrough: () => letThrough() };
}

/** The timeline right after the client has taken the next ack, if it is made anew then. */
function timelineAtAck(chat: Chat, room: RoomHandle): Promise<Timeline> {
  const { outbox } = inside(chat);
  const take = outbox.onSent;
  return new Promise((resolve) => {
    outbox.onSent = (message) => {
      outbox.onSent = take;
      take(message);
      resolve(room.timeline.get());
    };
  });
}

/** What tells the lines of a timeline apart. */
function linesOf({ messages, outgoing }: Timeline): (string | null)[] {
  const sent = messages.filter(({ kind }) => kind === "text").map(({ client_id }) => client_id);
  return [...sent, ...outgoing.map(({ clientId }) => clientId)];
}

test("a message whose ack overtakes an earlier change has one line", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const { clientId: first } = here.send({ text: "first" });
  await shows(here, "first");
  const late = delay(ann, "message_updated");
  await there.react(here.timeline.get().messages.at(-1)?.seq ?? 0, "👍", true);
  await late.held;
  const acked = timelineAtAck(ann, here);
  const { clientId: second } = here.send({ text: "second" });
  const now = await acked;
  expect(linesOf(now)).toEqual([first, second]);
  expect(now.outgoing).toEqual([]);
  const { clientId: third } = here.send({ text: "third" });
  expect(linesOf(here.timeline.get())).toEqual([first, second, third]);
  late.letThrough();
  await shows(here, "first", "second", "third");
});

test("a message that a page brings before its ack has one line", async () => {
  const ann = await person("ann");
  const [here] = await group(ann);
  const { outbox } = inside(ann);
  const send = outbox.sendMessage.bind(outbox);
  let acknowledge = () => {};
  const mayAck = new Promise<void>((resolve) => {
    acknowledge = resolve;
  });
  const stored = new Promise<void>((resolve) => {
    const waiting = async (payload: SendPayload) => {
      const message = await send(payload);
      resolve();
      await mayAck;
      return message;
    };
    Object.assign(outbox, { sendMessage: waiting });
  });
  const late = delay(ann, "message_created");
  const { clientId } = here.send({ text: "once" });
  await stored;
  here.roomStartedAfresh();
  await until(here.timeline, () => texts(here).length === 1);
  expect(linesOf(here.timeline.get())).toEqual([clientId]);
  acknowledge();
  late.letThrough();
  await shows(here, "once");
});

test("killing a server loses and duplicates no message", async () => {
  const [ann, bob] = await Promise.all([
    person("ann", { url: server.url }),
    person("bob", { url: server.url }),
  ]);
  const [here, there] = await group(ann, bob);
  const wanted = Array.from({ length: 60 }, (_, number) => `number ${number}`);
  for (const text of wanted) here.send({ text });
  await until(there.timeline, () => texts(there).length >= 5);
  await server.kill();
  expect(here.timeline.get().outgoing.length).toBeGreaterThan(0);
  await server.start();
  await Promise.all([online(ann), online(bob)]);
  await Promise.all([here, there].map((room) => shows(room, ...wanted)));
  expect(await history(bob, there)).toEqual(wanted);
});

test("when the server has another history, everything is loaded anew", async () => {
  const ann = await person("ann", { url: server.url });
  const phone = await another(ann, { url: server.url });
  const [here] = await group(ann);
  here.send({ text: "hello" });
  await shows(here, "hello");
  const epoch = inside(ann).sync.epoch;
  const before = here.timeline.get();
  await server.kill("SIGTERM");
  await server.run("new-epoch");
  await server.start();
  await Promise.all([online(ann), online(phone)]);
  expect(inside(ann).sync.epoch).not.toBe(epoch);
  await shows(here, "hello");
  expect(here.timeline.get().messages).not.toBe(before.messages);
  expect(phone.rooms.get().map(({ id }) => id)).toEqual([here.id]);
});

test("cached data of another history is not shown, even if the program ended meanwhile", async () => {
  const cache = new MemoryCache();
  const ann = await person("ann", { url: server.url, cache });
  const [here] = await group(ann);
  here.send({ text: "hello" });
  await shows(here, "hello");
  await expect.poll(async () => (await cache.load("rooms")).length, { timeout: 5_000 }).toBe(1);
  await server.kill("SIGTERM");
  await server.run("new-epoch");
  await server.start();
  const save = cache.save.bind(cache);
  cache.save = (entries) => save(entries.filter(([store]) => store === "state"));
  const epoch = inside(ann).sync.epoch;
  await online(ann);
  expect(inside(ann).sync.epoch).not.toBe(epoch);
  ann.close();
  await server.kill();
  const again = client({ url: server.url, cache });
  await again.restore();
  expect(again.rooms.get()).toEqual([]);
  await server.start();
  await online(again);
  expect(again.rooms.get().map(({ id }) => id)).toEqual([here.id]);
});
