import { expect, test } from "vitest";
import { list } from "./format.ts";
import { text } from "./index.ts";
import { isolate, isolatedParts } from "./isolate.ts";

test("Every second part of a sentence is a name", () => {
  const added = text.system.added(isolate("שלום"), list([isolate("Bob"), isolate("مريم")]));
  expect(isolatedParts(added)).toEqual(["", "שלום", " added ", "Bob", " and ", "مريم", ""]);
  expect(isolatedParts("no name")).toEqual(["no name"]);
});

test("A name cannot end its isolation", () => {
  const name = isolate("a\u2069\u202eb\u2028c");
  expect(name).toBe("\u2068abc\u2069");
});
