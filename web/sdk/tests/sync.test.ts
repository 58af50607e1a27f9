/** A client catches up with what it has missed. */

import { expect, inject, test } from "vitest";
import type { Chat, Member, RoomHandle } from "../src/index.ts";
import { Members } from "../src/members.ts";
import { another, group, inside, me, online, person, shows, texts, until } from "./people.ts";
import { Wire } from "./wire.ts";

/** Loses the next event of that name. */
function lose(chat: Chat, name: string): Promise<void> {
  const line = inside(chat).connection;
  const hear = line.onEvent;
  return new Promise((resolve) => {
    line.onEvent = (namespace, event, data) => {
      if (event !== name) return hear(namespace, event, data);
      line.onEvent = hear;
      resolve();
    };
  });
}

/** Two users in a room, one of them on a connection that can be cut. */
async function apart() {
  const wire = await Wire.to(inject("url"));
  const [ann, bob] = await Promise.all([person("ann", { url: wire.url }), person("bob")]);
  const [here, there] = await group(ann, bob);
  there.send({ text: "before" });
  await shows(here, "before");
  return { wire, ann, bob, here, there };
}

function sendMany(room: RoomHandle, bob: Chat, count: number): Promise<unknown> {
  const path = { room_id: room.id };
  const send = (number: number) =>
    bob.api.post("/rooms/{room_id}/messages", {
      path,
      body: { client_id: crypto.randomUUID(), text: `number ${number}` },
    });
  return Array.from({ length: count }, (_, number) => number).reduce<Promise<unknown>>(
    (before, number) => before.then(() => send(number)),
    Promise.resolve(),
  );
}

test("a lost event is recovered within a second", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const lost = lose(ann, "message_created");
  there.send({ text: "lost" });
  await lost;
  await shows(there, "lost");
  expect(texts(here)).toEqual([]);
  there.send({ text: "after" });
  await shows(here, "lost", "after");
  const version = here.info.get()?.version;
  expect(version).toBe(there.info.get()?.version);
});

test("the last event, if it is lost, arrives with the next sync", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const lost = lose(ann, "message_created");
  there.send({ text: "lost" });
  await lost;
  await inside(ann).sync.syncAll();
  await shows(here, "lost");
});

test("all changes made while disconnected arrive after reconnecting", async () => {
  const { wire, ann, bob, here, there } = await apart();
  const carl = await person("carl");
  const heard: string[] = [];
  ann.on("message", ({ message }) => heard.push(message.text));
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  const seq = there.timeline.get().messages.at(-1)?.seq ?? 0;
  await there.edit(seq, "edited");
  await there.react(seq, "👍", true);
  await there.addMembers([me(carl).id]);
  there.send({ text: "after" });
  await shows(there, "edited", "after");
  wire.mend();
  await online(ann);
  await shows(here, "edited", "after");
  expect(here.timeline.get().messages).toEqual(there.timeline.get().messages.map(asSeenBy(ann)));
  expect(here.members.get().map(({ user }) => user.id)).toContain(me(carl).id);
  expect(here.info.get()?.member_count).toBe(3);
  expect(heard).toEqual(["", "after"]);
  expect(ann.unread.get().total).toBe((await ann.api.get("/unread")).total);
  expect(bob.unread.get().total).toBe(0);
});

test("a message tells how far its author has read, also one that was missed", async () => {
  const { wire, ann, bob, here, there } = await apart();
  const mark = () => here.members.get().find(({ user }) => user.id === me(bob).id)?.last_read_seq;
  const last = () => there.info.get()?.last_seq;
  await until(here.members, () => mark() === last());
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  there.send({ text: "after" });
  await shows(there, "before", "after");
  wire.mend();
  await online(ann);
  await shows(here, "before", "after");
  expect(mark()).toBe(last());
});

test("a mark is kept that is heard of before its member", () => {
  const members = new Members(() => {});
  const member = { user: { id: "bob" }, version: 1, last_read_seq: 1 } as Member;
  members.takeReadMark("bob", 5);
  members.putMember(member);
  expect(members.get("bob")?.last_read_seq).toBe(5);
});

/** The same message as another user sees it: `me` says which reactions are theirs. */
function asSeenBy(chat: Chat) {
  return (message: ReturnType<RoomHandle["timeline"]["get"]>["messages"][number]) => ({
    ...message,
    reactions: message.reactions.map((each) => ({
      ...each,
      me: each.user_ids.includes(me(chat).id),
    })),
  });
}

test("a client that missed too much starts over with the latest messages", async () => {
  const { wire, ann, bob, here, there } = await apart();
  const older = here.timeline.get().messages;
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  await sendMany(there, bob, 300);
  wire.mend();
  await online(ann);
  await until(here.timeline, () => texts(here).at(-1) === "number 299");
  const { messages, hasOlder, hasNewer } = here.timeline.get();
  expect([messages.length, hasOlder, hasNewer]).toEqual([50, true, false]);
  expect(older.some((each) => messages.includes(each))).toBe(false);
  expect(ann.unread.get().total).toBe((await ann.api.get("/unread")).total);
  there.send({ text: "live" });
  await until(here.timeline, () => texts(here).at(-1) === "live");
});

test("a reader farther up who missed too much goes on reading there", async () => {
  const { wire, ann, bob, here, there } = await apart();
  await sendMany(there, bob, 150);
  await until(here.timeline, () => texts(here).at(-1) === "number 149");
  here.follow(false, 20);
  wire.cut();
  await until(ann.connection, ({ state }) => state === "waiting");
  await sendMany(there, bob, 300);
  wire.mend();
  await online(ann);
  await until(here.timeline, ({ hasNewer, messages }) => hasNewer && messages.length === 50);
  expect(here.timeline.get().messages.map(({ seq }) => seq)).toContain(20);
});

test("a user in many rooms gets all of them", async () => {
  const ann = await person("ann");
  for (let made = 0; made < 210; made += 10) {
    const names = Array.from({ length: 10 }, (_, number) => `Room ${made + number}`);
    await Promise.all(
      names.map((name) => ann.api.post("/rooms", { body: { kind: "group", name } })),
    );
  }
  const phone = await another(ann);
  expect(phone.rooms.get()).toHaveLength(210);
  expect(phone.rooms.get().map(({ id }) => id)).toEqual(ann.rooms.get().map(({ id }) => id));
});

test("a member leaves, and comes back", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const phone = await another(bob);
  const group_ = await ann.createRoom({ name: "Public", visibility: "public" });
  const there = await bob.joinRoom(group_.id);
  await group_.open();
  await there.open();
  await until(phone.rooms, (rooms) => rooms.length === 1);
  await there.leave();
  expect(bob.rooms.get()).toEqual([]);
  await until(phone.rooms, (rooms) => rooms.length === 0);
  await until(group_.info, (info) => info?.member_count === 1);
  await group_.open();
  group_.send({ text: "while away" });
  await shows(group_, "while away");
  await bob.joinRoom(group_.id);
  await shows(there, "while away");
  there.send({ text: "back" });
  await shows(group_, "while away", "back");
});

test("a removed member has no room, whether connected at the time or not", async () => {
  const { wire, ann, bob, here, there } = await apart();
  const owner = ann;
  await here.removeMember(me(bob).id);
  await until(there.info, (info) => info === null);
  await here.addMembers([me(bob).id]);
  await until(there.info, (info) => info !== null);
  await here.setRole(me(bob).id, "owner");
  await until(there.info, (info) => info?.me?.role === "owner");
  wire.cut();
  await until(owner.connection, ({ state }) => state === "waiting");
  await there.removeMember(me(owner).id);
  wire.mend();
  await online(owner);
  expect(owner.rooms.get()).toEqual([]);
  expect(here.info.get()).toBeNull();
});
