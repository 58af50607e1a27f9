import { gemoji } from "gemoji";
import { expect, test } from "vitest";
import { packed } from "./emoji.ts";

test("the packed list of emoji is the package's", async () => {
  const source = `data:text/javascript,${encodeURIComponent(packed())}`;
  const { gemoji: unpacked } = await import(/* @vite-ignore */ source);
  const fields = gemoji.map(({ emoji, names, tags, description, category }) => {
    return { emoji, names, tags, description, category };
  });
  expect(unpacked).toEqual(fields);
});
