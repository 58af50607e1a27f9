import { beforeAll, expect, test } from "vitest";
import type { Chat, RoomHandle } from "../src/index.ts";
import { client, me, online, PASSWORD, person, until } from "./people.ts";

const COUNT = 130;
let owner: Chat;
let roomId: string;

/** A room with one member, whose messages 2 to COUNT contain their number. */
beforeAll(async () => {
  owner = await person("ann");
  const room = await owner.createRoom({ name: "Long" });
  roomId = room.id;
  for (let seq = 2; seq <= COUNT; seq++) {
    const body = { client_id: crypto.randomUUID(), text: String(seq) };
    await owner.api.post("/rooms/{room_id}/messages", { path: { room_id: roomId }, body });
  }
});

/** Opens the room on a new device, which holds only its latest message. */
async function fresh(): Promise<RoomHandle> {
  const chat = client();
  await chat.signIn({ login: me(owner).username, password: PASSWORD });
  await online(chat);
  return chat.room(roomId);
}

function seqs(room: RoomHandle): [number, number] {
  const { messages } = room.timeline.get();
  const found = messages.map(({ seq }) => seq);
  expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) + index));
  return [found[0] ?? 0, found.at(-1) ?? 0];
}

test("a room opens with its latest messages, and goes back page by page to the first", async () => {
  const room = await fresh();
  await room.open();
  expect(seqs(room)).toEqual([COUNT - 50, COUNT]);
  await Promise.all([room.loadOlder(), room.loadOlder()]);
  expect(seqs(room)).toEqual([1, COUNT]);
  expect(room.timeline.get().hasOlder).toBe(false);
  await room.loadOlder();
  expect(seqs(room)).toEqual([1, COUNT]);
});

test("a jump to a message far away allows reading on from there, and jumping back", async () => {
  const room = await fresh();
  await room.open();
  await room.jumpTo(40);
  const [first, last] = seqs(room);
  expect(first < 40 && last > 40).toBe(true);
  const { hasOlder, hasNewer } = room.timeline.get();
  expect([hasOlder, hasNewer]).toEqual([true, true]);
  await room.loadNewer();
  expect(seqs(room)).toEqual([first, last + 50]);
  while (room.timeline.get().hasNewer) await room.loadNewer();
  expect(seqs(room)).toEqual([first, COUNT]);
  await room.jumpTo(10);
  await room.jumpToLatest();
  expect(seqs(room)).toEqual([COUNT - 49, COUNT]);
});

test("changes that arrive while a page is loading are not lost", async () => {
  const room = await fresh();
  await room.open();
  const loading = room.loadOlder();
  const changed = room.edit(60, "changed");
  await Promise.all([loading, changed]);
  const text = () => room.timeline.get().messages.find(({ seq }) => seq === 60)?.text;
  await until(room.timeline, () => text() === "changed");
});

test("new messages do not disturb a reader of old ones", async () => {
  const other = await person("bob");
  const room = await other.createRoom({ name: "Other", member_ids: [me(owner).id] });
  const there = owner.room(room.id);
  for (let number = 0; number < 60; number++) room.send({ text: String(number) });
  await until(room.timeline, ({ outgoing }) => outgoing.length === 0);
  await until(there.info, (info) => info?.last_seq === 61);
  await there.open();
  const { firstUnreadSeq } = there.timeline.get();
  expect(firstUnreadSeq).toBe(2);
  const [first, last] = seqs(there);
  expect([first, last]).toEqual([1, 50]);
  room.send({ text: "new" });
  await until(there.info, (info) => info?.last_seq === 62);
  expect(seqs(there)).toEqual([first, last]);
  expect(there.timeline.get().hasNewer).toBe(true);
  await there.loadNewer();
  expect(seqs(there)).toEqual([1, 62]);
});

test("the messages that are being read stay, however many arrive", async () => {
  const other = await person("bob");
  const { id } = await other.createRoom({ name: "Busy", member_ids: [me(owner).id] });
  const there = owner.room(id);
  await until(there.info, (info) => info !== null);
  await there.open();
  await write(other, id, 499);
  await until(there.timeline, ({ messages }) => messages.length === 500);
  there.follow(false);
  await write(other, id, 3);
  await until(there.info, (info) => info?.last_seq === 503);
  expect(seqs(there)).toEqual([1, 500]);
  expect(there.timeline.get().hasNewer).toBe(true);
  await there.loadNewer();
  expect(seqs(there)).toEqual([4, 503]);
  there.follow(true);
  await write(other, id, 1);
  await until(there.info, (info) => info?.last_seq === 504);
  expect(seqs(there)).toEqual([5, 504]);
});

async function write(chat: Chat, room_id: string, count: number): Promise<void> {
  const post = () => {
    const body = { client_id: crypto.randomUUID(), text: "one of many" };
    return chat.api.post("/rooms/{room_id}/messages", { path: { room_id }, body });
  };
  for (let left = count; left > 0; left -= 50) {
    await Promise.all(Array.from({ length: Math.min(left, 50) }, post));
  }
}

test("a message that is jumped to while the room opens is shown, whatever is unread", async () => {
  const reader = await person("bob");
  const room = await owner.createRoom({ name: "Unread", member_ids: [me(reader).id] });
  for (let seq = 2; seq <= 90; seq++) {
    const body = { client_id: crypto.randomUUID(), text: String(seq) };
    await owner.api.post("/rooms/{room_id}/messages", { path: { room_id: room.id }, body });
  }
  const chat = client();
  await chat.signIn({ login: me(reader).username, password: PASSWORD });
  await online(chat);
  const there = chat.room(room.id);
  await Promise.all([there.jumpTo(70), there.open()]);
  const shown = there.timeline.get().messages.map(({ seq }) => seq);
  expect(shown).toContain(70);
});
