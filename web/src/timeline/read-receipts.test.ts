import type { Member, Message, Room } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import { readersCount, readersOf, showsFaces } from "./read-receipts.ts";

const message = (seq: number, author_id: string | null) =>
  ({ seq, author_id, kind: author_id ? "text" : "system" }) as Message;
const member = (id: string, joined_seq: number, last_read_seq: number) =>
  ({ user: { id }, joined_seq, last_read_seq }) as Member;
const room = (kind: Room["kind"], member_count: number) => ({ kind, member_count }) as Room;

const CREATION = message(1, null);
const OWN = message(2, "me");
const ARRIVAL = message(3, null);
const LATER = message(4, "ann");
const HISTORY = [CREATION, OWN, ARRIVAL, LATER];

test("a face stands only where somebody has been", () => {
  const members = [
    member("me", 1, 4),
    // She has never been here, and he has come later and looked at nothing.
    member("eve", 1, 1),
    member("bob", 3, 3),
    member("dan", 1, 2),
    member("fay", 3, 4),
    member("ann", 1, 4),
  ];
  const shown = readersOf(room("group", 6), members, HISTORY, "me");
  expect([...shown]).toEqual([
    [2, "dan"],
    [4, "fay"],
  ]);
  expect(readersCount(room("group", 6), members, OWN, "me")).toBe(2);
  expect(readersCount(room("group", 6), members, LATER, "me")).toBeNull();
});

test("in larger groups readers are counted, and in the largest asked for", () => {
  const members = [member("me", 1, 4), member("ann", 1, 4)];
  expect(readersOf(room("group", 31), members, HISTORY, "me").size).toBe(0);
  expect([showsFaces(room("group", 30)), showsFaces(room("group", 31))]).toEqual([true, false]);
  expect(readersCount(room("group", 100), members, OWN, "me")).toBe(1);
  expect(readersCount(room("group", 101), members, OWN, "me")).toBeNull();
});

test("in a direct chat the other has read, or not", () => {
  const peer = (read: number) => [member("me", 0, 2), member("ann", 0, read)];
  expect(readersCount(room("direct", 2), peer(1), OWN, "me")).toBe(0);
  expect(readersCount(room("direct", 2), peer(2), OWN, "me")).toBe(1);
});
