import type { Message, Timeline } from "realtime-chat-sdk";
import { expect, test, vi } from "vitest";
import { fetchNearby, type Goal, goToGoal } from "./goal.ts";

const messages = (from: number, to: number): readonly Message[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ seq: from + at }) as Message);

const HELD = messages(101, 200);
const TIMELINE: Timeline = {
  messages: HELD,
  outgoing: [],
  hasOlder: true,
  hasNewer: false,
  loading: null,
  firstUnreadSeq: null,
};

/**
 * Tries to reach the goal with these rows drawn. Returns what `goToGoal` returned, and its steps.
 */
function go(goal: Goal, timeline: Partial<Timeline> = {}, { drawn = [150], live = true } = {}) {
  const steps: string[] = [];
  const keeper = {
    live,
    findRow: (seq: number) =>
      drawn.includes(seq) ? ({ dataset: { seq } } as unknown as HTMLElement) : null,
    showRow: (row: HTMLElement, part: number) => void steps.push(`${row.dataset.seq} at ${part}`),
    putRow: (row: HTMLElement, top: number) => void steps.push(`${row.dataset.seq}, ${top} px`),
    goToEnd: () => void steps.push("end"),
  };
  return [goToGoal(keeper, goal, { ...TIMELINE, ...timeline }), ...steps];
}

test("without a goal it stays where it is", () => {
  expect(go(undefined)).toEqual([undefined]);
});

test("a message that is jumped to is shown and lit up, as soon as it is drawn", () => {
  expect(go(150)).toEqual([150, "150 at 0.4"]);
  expect(go(20)).toEqual([undefined]);
});

test("a place that was left is taken again, without a light", () => {
  expect(go({ seq: 150, top: -20 })).toEqual([null, "150, -20 px"]);
  expect(go({ seq: 20, top: 0 })).toEqual([undefined]);
});

test("a room opens at its first unread message, which is not lit up", () => {
  expect(go("unread", { firstUnreadSeq: 150 })).toEqual([null, "150 at 0.15"]);
});

test("a room without unread messages opens at its end", () => {
  expect(go("unread")).toEqual([null, "end"]);
});

test("an unread message that is not drawn is not waited for", () => {
  expect(go("unread", { firstUnreadSeq: 20 })).toEqual([null, "end"]);
  expect(go("unread", { firstUnreadSeq: 20 }, { live: false })).toEqual([null]);
});

test("the first messages are waited for", () => {
  for (const goal of ["unread", "end"] as const) {
    expect(go(goal, { loading: "first" })).toEqual([undefined]);
    expect(go(goal, { messages: [] })).toEqual([undefined]);
  }
  expect(go("end", { loading: "older" })).toEqual([null, "end"]);
});

test("the end is waited for while newer messages are missing", () => {
  expect(go("end", {}, { live: false })).toEqual([undefined]);
});

/** Returns which way it fetches, for a reader that many heights away from both edges. */
function fetched(above: number, below: number, timeline: Partial<Timeline> = {}, drawn = HELD) {
  const asked: string[] = [];
  const handle = {
    loadOlder: vi.fn(async () => void asked.push("older")),
    loadNewer: vi.fn(async () => void asked.push("newer")),
  };
  const keeper = { heightsAbove: above, heightsBelow: below };
  fetchNearby(keeper, handle, { ...TIMELINE, hasNewer: true, ...timeline }, drawn);
  return asked;
}

test("messages are fetched on the side that the reader comes near to", () => {
  expect(fetched(1.9, 9)).toEqual(["older"]);
  expect(fetched(9, 1.9)).toEqual(["newer"]);
  expect(fetched(2, 2)).toEqual([]);
  expect(fetched(1, 1)).toEqual(["older"]);
});

test("nothing is fetched while a page is under way, or where there is none", () => {
  expect(fetched(1, 1, { loading: "older" })).toEqual([]);
  expect(fetched(1, 9, { hasOlder: false })).toEqual([]);
  expect(fetched(9, 1, { hasNewer: false })).toEqual([]);
});

test("messages in memory are drawn before others are fetched", () => {
  expect(fetched(1, 9, {}, HELD.slice(10))).toEqual([]);
  expect(fetched(9, 1, {}, HELD.slice(0, -10))).toEqual([]);
});

test("a page that could not be fetched is no error: the next scroll asks again", async () => {
  const refuse = async () => {
    throw new Error("offline");
  };
  const handle = { loadOlder: refuse as () => Promise<void>, loadNewer: refuse };
  fetchNearby({ heightsAbove: 0, heightsBelow: 9 }, handle, TIMELINE, HELD);
  await Promise.resolve();
});
