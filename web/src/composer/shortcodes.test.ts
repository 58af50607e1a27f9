import { expect, test } from "vitest";
import stored from "../emoji/list.json";
import { type StoredEmoji, unpackEmoji } from "../emoji/names.ts";
import { withEmoji } from "./shortcodes.ts";

const replaced = withEmoji(unpackEmoji(stored as unknown as StoredEmoji));

test.each([
  [":tada:", "🎉"],
  ["well done :tada::+1:, :TADA:!", "well done 🎉👍, 🎉!"],
  ["(:heart:)", "(❤️)"],
  ["**:tada:** 你好:tada:", "**🎉** 你好🎉"],
])("%j becomes %j", (written, sent) => {
  expect(replaced(written)).toBe(sent);
});

test.each([
  ...["`:tada:`", "```\n:tada:\n```", "[:tada:](https://a.example)", "https://a.example/:tada:"],
  ...[
    "\\:tada:",
    ":no such:",
    ":nosuchname:",
    "12:30:45",
    "a:b:c",
    "std::x::y",
    "C:/x:/",
    ": tada :",
  ],
  ...["::1", "::x:", "a :) b (:"],
])("%j stays", (written) => {
  expect(replaced(written)).toBe(written);
});
