import { expect, test } from "vitest";
import { showsNothing } from "./visible.ts";

test.each(["", " \n", "\u200b", "\u2800", "\u3164", "\u202e", "\ufeff\u00ad", "\u{e0041}"])(
  "%j shows nothing",
  (nothing) => {
    expect(showsNothing(nothing)).toBe(true);
  },
);

test.each(["a", "👍🏽", "\u200eא", ".", "\u0301", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])("%j shows something", (something) => {
  expect(showsNothing(something)).toBe(false);
});
