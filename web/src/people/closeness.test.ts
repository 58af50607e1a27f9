import { expect, test } from "vitest";
import { byCloseness, type Correspondence } from "./closeness.ts";

const NOW = 1_800_000_000_000;
const DAY_MS = 24 * 3_600_000;

function chat(userId: string, sent: number, more: Partial<Correspondence> = {}): Correspondence {
  return { userId, sent, lastAt: NOW, held: 2, own: 1, ...more };
}

test("Who is written to more comes first, whatever the order of the chats", () => {
  const chats = [chat("today", 3), chat("friend", 400, { lastAt: NOW - 2 * DAY_MS })];
  expect(byCloseness(chats, NOW)).toEqual(["friend", "today"]);
});

test("What was long ago counts less", () => {
  const chats = [chat("then", 400, { lastAt: NOW - 400 * DAY_MS }), chat("now", 20)];
  expect(byCloseness(chats, NOW)).toEqual(["now", "then"]);
});

test("Who writes much and gets no answer is not close", () => {
  const chats = [
    chat("robot", 900, { held: 100, own: 0 }),
    chat("friend", 60, { held: 60, own: 30 }),
  ];
  expect(byCloseness(chats, NOW)).toEqual(["friend", "robot"]);
});

test("A clock that is behind the server's changes nothing", () => {
  const chats = [chat("a", 2, { lastAt: NOW + DAY_MS }), chat("b", 3)];
  expect(byCloseness(chats, NOW)).toEqual(["b", "a"]);
});
