import type { Room } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import { neighbouringRoom } from "./neighbouring-room.ts";

const room = (id: string, unread_count = 0) => ({ id, me: { unread_count } }) as Room;
const ROOMS = [room("a"), room("b", 2), room("c"), room("d", 1)];
const to = (...given: [openId: string | null, by: 1 | -1, unread: boolean]) =>
  neighbouringRoom(ROOMS, ...given)?.id;

test("goes from chat to chat, and no further than the ends", () => {
  expect(to("b", 1, false)).toBe("c");
  expect(to("b", -1, false)).toBe("a");
  expect(to("a", -1, false)).toBe(undefined);
  expect(to("d", 1, false)).toBe(undefined);
});

test("goes to the next chat with something unread", () => {
  expect(to("b", 1, true)).toBe("d");
  expect(to("d", -1, true)).toBe("b");
  expect(to("b", -1, true)).toBe(undefined);
});

test("begins at the top where no chat is open", () => {
  expect(to(null, 1, false)).toBe("a");
  expect(to(null, 1, true)).toBe("b");
  expect(to(null, -1, false)).toBe(undefined);
});
