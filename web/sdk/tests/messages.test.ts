import { expect, test } from "vitest";
import type { Message, RoomHandle } from "../src/index.ts";
import { another, group, me, person, shows, texts, until } from "./people.ts";

/** Waits until both rooms show the same first message, and `isRight` of it. */
async function agree(one: RoomHandle, other: RoomHandle, isRight: (first: Message) => boolean) {
  const first = (room: RoomHandle) => room.timeline.get().messages.find((m) => m.kind === "text");
  for (const room of [one, other]) {
    await until(room.timeline, () => {
      const message = first(room);
      return message !== undefined && isRight(message);
    });
  }
}

async function pair() {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  here.send({ text: "hello" });
  await Promise.all([shows(here, "hello"), shows(there, "hello")]);
  const seq = here.timeline.get().messages.at(-1)?.seq ?? 0;
  return { ann, bob, here, there, seq };
}

test("two people talk", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const outgoing = here.send({ text: "hello" });
  expect(here.timeline.get().outgoing).toEqual([outgoing]);
  await Promise.all([shows(here, "hello"), shows(there, "hello")]);
  there.send({ text: "hello yourself" });
  await Promise.all([here, there].map((room) => shows(room, "hello", "hello yourself")));
  expect(there.timeline.get().messages).toEqual(here.timeline.get().messages);
  expect(ann.rooms.get()[0]?.last_message?.text).toBe("hello yourself");
});

test("edits, pins and deletions reach everybody", async () => {
  const { here, there, seq } = await pair();
  await here.edit(seq, "hullo");
  await agree(here, there, ({ text, edited_at }) => text === "hullo" && edited_at !== null);
  await here.pin(seq, true);
  await agree(here, there, ({ pinned_at }) => pinned_at !== null);
  await here.delete(seq);
  await agree(here, there, ({ text, deleted_at }) => text === "" && deleted_at !== null);
  expect(there.info.get()?.last_message?.deleted_at).not.toBeNull();
});

test("each knows which reactions are their own", async () => {
  const { ann, here, there, seq } = await pair();
  const [phone] = [(await another(ann)).room(here.id)];
  await phone.open();
  await Promise.all([here.react(seq, "👍", true), there.react(seq, "👍", true)]);
  await there.react(seq, "🎉", true);
  const counts = ({ reactions }: Message) => reactions.map(({ emoji, count }) => emoji + count);
  const mine = (room: RoomHandle) =>
    room.timeline
      .get()
      .messages.find((each) => each.seq === seq)
      ?.reactions.map(({ me }) => me);
  await agree(here, there, (first) => counts(first).join() === "👍2,🎉1");
  await agree(phone, there, (first) => counts(first).join() === "👍2,🎉1");
  expect([mine(here), mine(phone), mine(there)]).toEqual([
    [true, false],
    [true, false],
    [true, true],
  ]);
  await here.react(seq, "👍", false);
  await agree(here, phone, (first) => counts(first).join() === "👍1,🎉1");
  expect([mine(here), mine(phone)]).toEqual([
    [false, false],
    [false, false],
  ]);
});

test("a reply shows its original as it is now", async () => {
  const { here, there, seq } = await pair();
  const original = there.timeline.get().messages.find((each) => each.seq === seq);
  there.send({ text: "indeed", replyTo: original ?? null });
  await shows(here, "hello", "indeed");
  const excerpt = () => here.timeline.get().messages.at(-1)?.reply_to?.excerpt;
  expect(excerpt()).toBe("hello");
  await here.edit(seq, "🙂".repeat(150));
  await until(here.timeline, () => excerpt() === "🙂".repeat(140));
  await here.delete(seq);
  await until(here.timeline, () => excerpt() === null);
});

test("a reply to a file says of what kind it is, until the file has words or is gone", async () => {
  const { ann, here, there } = await pair();
  const file = await ann.upload(new File(["notes"], "notes.txt", { type: "text/plain" }));
  here.send({ attachments: [file] });
  await until(there.timeline, ({ messages }) => messages.at(-1)?.attachments.length === 1);
  const original = there.timeline.get().messages.at(-1) ?? null;
  there.send({ text: "indeed", replyTo: original });
  await shows(here, "hello", "", "indeed");
  const quoted = () => here.timeline.get().messages.at(-1)?.reply_to;
  expect(quoted()).toMatchObject({ excerpt: "", content_type: file.content_type });
  await here.edit(original?.seq ?? 0, "words");
  await until(here.timeline, () => quoted()?.excerpt === "words");
  expect(quoted()?.content_type).toBeNull();
});

test("unread counts and read marks reach everybody", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const phone = await another(bob);
  for (const text of ["one", "two", "three"]) here.send({ text });
  await until(bob.unread, ({ total }) => total === 3);
  await shows(there, "one", "two", "three");
  const [first, second] = there.timeline.get().messages.slice(-3);
  await here.delete(first?.seq ?? 0);
  await until(bob.unread, ({ total }) => total === 2);
  there.markRead(second?.seq ?? 0);
  expect(bob.unread.get().total).toBe(1);
  await until(phone.unread, ({ total }) => total === 1);
  there.markRead(there.timeline.get().messages.at(-1)?.seq ?? 0);
  await until(phone.unread, ({ total }) => total === 0);
  const mark = () => here.members.get().find(({ user }) => user.id === me(bob).id)?.last_read_seq;
  await until(here.members, () => mark() === there.info.get()?.last_seq);
  expect((await bob.api.get("/unread")).total).toBe(0);
});

test("a message appears on the sender's other device, and counts as read there", async () => {
  const ann = await person("ann");
  const phone = await another(ann);
  const [here] = await group(ann);
  const there = phone.room(here.id);
  await until(there.info, (info) => info !== null);
  await there.open();
  here.send({ text: "from here" });
  there.send({ text: "from there" });
  await until(here.timeline, () => texts(here).length === 2);
  await until(there.timeline, () => texts(there).length === 2);
  expect(texts(here)).toEqual(texts(there));
  expect(phone.unread.get()).toEqual({ total: 0, mentions: 0 });
});

test("a bot hears of each message once, in order", async () => {
  const { ann, here, there } = await pair();
  const heard: string[] = [];
  const stop = ann.on("message", ({ room, message }) => {
    expect(room).toBe(here);
    heard.push(message.text);
  });
  const wanted = Array.from({ length: 20 }, (_, number) => `number ${number}`);
  for (const text of wanted) there.send({ text });
  await shows(here, "hello", ...wanted);
  expect(heard).toEqual(wanted);
  stop();
});

test("a refused message is kept as failed, and can be discarded", async () => {
  const { here } = await pair();
  const { clientId } = here.send({ text: "x".repeat(8_001) });
  here.send({ text: "short" });
  await until(here.timeline, () => texts(here).includes("short"));
  const [failed] = here.timeline.get().outgoing;
  expect([failed?.clientId, failed?.state, failed?.error?.code]).toEqual([
    clientId,
    "failed",
    "validation_failed",
  ]);
  here.discard(clientId);
  expect(here.timeline.get().outgoing).toEqual([]);
});
