import { expect, test } from "vitest";
import { ago, brief, bytes, day, duration, plural } from "./format.ts";

const now = new Date(2026, 10, 22, 14, 3);
const at = (...parts: [number, number, number, number?]) => new Date(...parts).toISOString();

test("recent days are named, others have dates", () => {
  expect(day(at(2026, 10, 22, 0), now)).toBe("Today");
  expect(day(at(2026, 10, 21, 23), now)).toBe("Yesterday");
  expect(day(at(2026, 10, 17), now)).toBe("Tuesday");
  expect(day(at(2026, 2, 3), now)).toBe("March 3");
  expect(day(at(2025, 2, 3), now)).toBe("March 3, 2025");
});

test("in a list a time is as short as it can be", () => {
  expect(brief(at(2026, 10, 22, 9), now)).toMatch(/^9:00\sAM$/);
  expect(brief(at(2026, 10, 21), now)).toBe("Yesterday");
  expect(brief(at(2026, 2, 3), now)).toBe("Mar 3");
  expect(brief(at(2025, 2, 3), now)).toBe("3/3/25");
});

test("how long ago something was", () => {
  const before = (seconds: number) => ago(new Date(+now - seconds * 1000).toISOString(), +now);
  expect([5, 50, 3_000, 7_200, 86_400, 86_400 * 40].map(before)).toEqual([
    "just now",
    "1 minute ago",
    "50 minutes ago",
    "2 hours ago",
    "yesterday",
    "last month",
  ]);
});

test("sizes and lengths", () => {
  expect([0, 1, 999, 12_345, 3_400_000, 2_000_000_000].map(bytes)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "12 kB",
    "3.4 MB",
    "2 GB",
  ]);
  expect([400, 7_000, 750_000, 3_723_000].map(duration)).toEqual([
    "0:00",
    "0:07",
    "12:30",
    "1:02:03",
  ]);
});

test("a plural has its number in it", () => {
  const forms = { one: "# message", other: "# messages" };
  expect([0, 1, 1_234].map((count) => plural(count, forms))).toEqual([
    "0 messages",
    "1 message",
    "1,234 messages",
  ]);
});
