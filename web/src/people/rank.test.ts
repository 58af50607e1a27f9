import type { User } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import { fold } from "../lib/fold.ts";
import { rankedUsers } from "./rank.ts";

function user(username: string, display_name: string, deleted = false): User {
  const rest = { bio: null, avatar_url: null, status: null, created_at: "" };
  return { id: username, username, display_name, deleted, ...rest };
}

const people = [
  user("zed", "Ann Łukasik"),
  user("luke", "Zoe"),
  user("lu", "Eve"),
  user("bob", "Lúcia"),
  user("cat", "Lu"),
  user("dan", "Mary-Luise"),
  user("eve", "Saul"),
  user("gone", "Lu", true),
];

test("Names are ranked: exact, prefix of the username, prefix of a word of the name", () => {
  const found = rankedUsers(people, fold("Lu"), []).map(({ id }) => id);
  expect(found).toEqual(["lu", "cat", "luke", "zed", "bob", "dan"]);
});

test("Of those who fit equally, whom one writes to most comes first", () => {
  const found = rankedUsers(people, fold("LU"), ["dan", "cat", "zed"]).map(({ id }) => id);
  expect(found).toEqual(["cat", "lu", "luke", "dan", "zed", "bob"]);
  const all = rankedUsers(people.slice(0, 3), "", ["lu"]).map(({ id }) => id);
  expect(all).toEqual(["lu", "zed", "luke"]);
});

test.each([
  ["Łódź", "lodz"],
  ["STRASSE", "straße"],
  ["DİYARBAKIR", "diyarbakır"],
  ["ΣΊΣΥΦΟΣ", "σισυφος"],
  ["e\u0301", "\u00e9"],
  ["ｆｕｌｌ", "full"],
  ["so\u00adft", "soft"],
])("%s and %s are the same", (one, other) => {
  expect(fold(one)).toBe(fold(other));
});

test("Vowel signs of kana make a difference", () => {
  expect(fold("が")).not.toBe(fold("か"));
  expect(fold("か\u3099")).toBe(fold("が"));
});
