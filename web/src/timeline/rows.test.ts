import type { Message, Outgoing } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import { rowsOf } from "./rows.ts";

const NOON = new Date(2026, 10, 22, 12).getTime();

function message(seq: number, author_id: string | null, minutes: number): Message {
  return {
    id: `id-${seq}`,
    room_id: "room",
    seq,
    version: seq,
    kind: author_id ? "text" : "system",
    author_id,
    client_id: author_id ? `client-${seq}` : null,
    text: "hello",
    attachments: [],
    reply_to: null,
    mentions: [],
    mention_names: {},
    reactions: [],
    pinned_at: null,
    system: null,
    created_at: new Date(NOON + minutes * 60_000).toISOString(),
    edited_at: null,
    deleted_at: null,
  };
}

function outgoing(minutes: number): Outgoing {
  return {
    clientId: "mine",
    roomId: "room",
    text: "hello",
    attachments: [],
    files: [],
    replyTo: null,
    state: "sending",
    error: null,
    createdAt: new Date(NOON + minutes * 60_000).toISOString(),
  };
}

/** The groups of rows: "[" and "]" stand around the numbers of each group. */
function groups(messages: readonly Message[], unread: number | null = null): string {
  const rows = rowsOf(messages, [], unread, "me");
  return rows
    .map((row) => `${row.first ? "[" : ""}${row.message?.seq}${row.last ? "]" : ""}`)
    .join(" ");
}

test("messages that one author writes in a row are a group", () => {
  const said = [message(1, "ann", 0), message(2, "ann", 4), message(3, "bob", 5)];
  expect(groups(said)).toBe("[1 2] [3]");
});

test("a silence separates groups", () => {
  expect(groups([message(1, "ann", 0), message(2, "ann", 5)])).toBe("[1] [2]");
});

test("system messages belong to no group", () => {
  const said = [
    message(1, "ann", 0),
    message(2, null, 0),
    message(3, null, 0),
    message(4, "ann", 1),
  ];
  expect(groups(said)).toBe("[1] [2] [3] [4]");
});

test("the line above new messages separates groups", () => {
  const said = [message(1, "ann", 0), message(2, "ann", 1), message(3, "ann", 2)];
  expect(groups(said, 2)).toBe("[1] [2 3]");
  expect(rowsOf(said, [], 2, "me").map((row) => row.unread)).toEqual([false, true, false]);
});

test("a day begins with its first message", () => {
  const midnight = 12 * 60;
  const said = [message(1, "ann", midnight - 2), message(2, "ann", midnight + 1)];
  expect(groups(said)).toBe("[1] [2]");
  expect(rowsOf(said, [], null, "me").map((row) => row.day !== null)).toEqual([true, true]);
});

test("a message that is being sent joins the user's last group, and keeps its key", () => {
  const rows = rowsOf([message(1, "me", 0)], [outgoing(1)], null, "me");
  expect(rows.map((row) => [row.key, row.first, row.last])).toEqual([
    ["client-1", true, false],
    ["mine", false, true],
  ]);
});
