import { expect, test } from "vitest";
import { wordAtCaret } from "./field.ts";

test.each([
  ["hi @an", "@", "an"],
  ["@", "@", ""],
  ["(@bob.b", "@", "bob.b"],
  ["line\n@x", "@", "x"],
  ["你好@x", "@", "x"],
  ["안녕＠x", "@", "x"],
  ["**@x", "@", "x"],
  ["so :smi", ":", "smi"],
  [":+1", ":", "+1"],
])("%j asks for names", (value, kind, word) => {
  const found = wordAtCaret(value, value.length);
  expect(found).toEqual({ kind, word, from: value.length - word.length - 1, to: value.length });
});

test.each([
  "ann@example",
  "ü@x",
  "\\@x",
  "`@x",
  "a/@x",
  "?a=@x",
  "12:30",
  "a :",
  ":x",
  "https://a",
  "@ann ",
  "",
])("%j asks for none", (value) => {
  expect(wordAtCaret(value, value.length)).toBeNull();
});

test("only what stands before the caret counts", () => {
  expect(wordAtCaret("@ann and @bob", 4)).toEqual({ kind: "@", word: "ann", from: 0, to: 4 });
});
