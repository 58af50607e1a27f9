/** Copies of a message outside of the timeline: they follow what happens to it. */

import { expect, test } from "vitest";
import type { Chat, RoomHandle } from "../src/index.ts";
import { another, group, me, online, person, shows, until } from "./people.ts";

async function pair() {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  return { ann, bob, here, there };
}

/** Sends a message, and resolves to its seq once the other has it. */
async function said(text: string, here: RoomHandle, there: RoomHandle): Promise<number> {
  here.send({ text });
  const { messages } = await until(there.timeline, (now) =>
    now.messages.some((each) => each.text === text),
  );
  return messages.at(-1)?.seq ?? 0;
}

const copyOf = (chat: Chat, room: RoomHandle, seq: number) => {
  const copy = chat.message(room.id, seq);
  copy.subscribe(() => undefined);
  return copy;
};

test("a copy follows edits, deletion and leaving", async () => {
  const { ann, bob, here, there } = await pair();
  const seq = await said("hello", here, there);
  // On this device the room is not open, and holds its last message alone.
  const phone = await another(bob);
  await said("later", here, there);
  const copy = copyOf(phone, here, seq);
  expect(copyOf(phone, here, seq)).toBe(copy);
  await until(copy, (message) => message?.text === "hello");
  await here.edit(seq, "hullo");
  await until(copy, (message) => message?.text === "hullo");
  // A copy that somebody brings is taken if it is newer, and only then.
  const before = there.timeline.get().messages.find((each) => each.seq === seq);
  await here.delete(seq);
  await until(copy, (message) => message?.deleted_at != null);
  expect(phone.message(here.id, seq, before).get()?.text).toBe("");
  const other = await said("more", here, there);
  const another_ = copyOf(phone, here, other);
  await here.removeMember(me(bob).id);
  await until(another_, (message) => message === null);
  await until(copy, (message) => message === null);
  expect(ann.rooms.get()).toHaveLength(1);
});

test("a copy that nobody may read is none", async () => {
  const { ann, here } = await pair();
  const copy = copyOf(ann, here, 999);
  await until(copy, (message) => message === null);
});

test("a change that came before its copy was asked for is not lost", async () => {
  const { bob, here, there } = await pair();
  const seq = await said("hello", here, there);
  const old = there.timeline.get().messages.find((each) => each.seq === seq);
  await here.edit(seq, "hullo");
  await until(there.timeline, ({ messages }) => messages.at(-1)?.text === "hullo");
  expect(bob.message(here.id, seq, old).get()?.text).toBe("hullo");
});

test("a quote follows an original that is not shown itself", async () => {
  const { bob, here, there } = await pair();
  const seq = await said("original", here, there);
  for (let n = 0; n < 3; n++) await said(`between ${n}`, here, there);
  here.send({ text: "indeed", replyTo: { seq } });
  await until(there.timeline, ({ messages }) => messages.at(-1)?.text === "indeed");
  // It holds the last message alone.
  const phone = await another(bob);
  const room = phone.room(here.id);
  const excerpt = () => room.timeline.get().messages.at(-1)?.reply_to?.excerpt;
  await until(room.timeline, () => excerpt() === "original");
  expect(room.timeline.get().messages).toHaveLength(1);
  await here.edit(seq, "changed");
  await until(room.timeline, () => excerpt() === "changed");
  await here.delete(seq);
  await until(room.timeline, () => excerpt() === null);
});

test("notifications follow their messages", async () => {
  const { ann, bob, here, there } = await pair();
  const { list } = bob.notifications;
  await bob.notifications.loadMore();
  const name = me(bob).username;
  const seq = await said(`hello @${name}`, here, there);
  await until(list, ([first]) => first?.preview === `hello @${name}`);
  await here.edit(seq, `hullo @${name}`);
  await until(list, ([first]) => first?.preview === `hullo @${name}`);
  await here.edit(seq, "hello");
  await until(list, ([first]) => first?.kind !== "mention");
  const other = await said(`again @${name}`, here, there);
  await until(list, ([first]) => first?.seq === other);
  await here.delete(other);
  await until(list, ([first]) => first?.seq !== other);
  await said(`more @${name}`, here, there);
  await until(list, ([first]) => first?.kind === "mention");
  await here.removeMember(me(bob).id);
  await until(list, (found) => found.length === 0);
  expect(bob.notifications.unread.get()).toBe(0);
  expect(ann.rooms.get()).toHaveLength(1);
});

test("who answers has read what they were told of the room, on all devices", async () => {
  const { bob, here, there } = await pair();
  const phone = await another(bob);
  await phone.notifications.loadMore();
  await bob.notifications.markRead("all");
  const told = await said("@all look", here, there);
  await until(phone.notifications.list, ([first]) => first?.seq === told);
  expect(phone.notifications.list.get()[0]?.read_at).toBeNull();
  there.send({ text: "I do" });
  await until(phone.notifications.list, ([first]) => first?.read_at !== null);
  const { items } = await phone.api.get("/notifications");
  expect(items[0]).toMatchObject({ seq: told });
  expect(items[0]?.read_at).not.toBeNull();
});

test("notifications that ended while one was away are gone on coming back", async () => {
  const { bob, here, there } = await pair();
  await bob.notifications.loadMore();
  const seq = await said(`hello @${me(bob).username}`, here, there);
  await until(bob.notifications.list, ([first]) => first?.seq === seq);
  bob.close();
  await here.delete(seq);
  await bob.restore();
  await online(bob);
  await until(bob.notifications.list, ([first]) => first?.kind === "added_to_room");
});

test("who has read a message, and when", async () => {
  const { bob, here, there } = await pair();
  await here.open();
  const seq = await said("hello", here, there);
  expect(await here.readers(seq)).toEqual({ count: 0, readers: [] });
  const before = new Date().toISOString();
  there.markRead(seq);
  const marks = () => here.members.get().find(({ user }) => user.id === me(bob).id);
  await until(here.members, () => marks()?.last_read_seq === seq);
  const { count, readers } = await here.readers(seq);
  expect([count, readers[0]?.user.id]).toEqual([1, me(bob).id]);
  expect(Date.parse(readers[0]?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(before));
  await shows(there, "hello");
});
