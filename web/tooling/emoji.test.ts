import { expect, test } from "vitest";
import { packed } from "./emoji.ts";

test("the list of emoji is what `npm run emoji` makes", async () => {
  await expect(`${JSON.stringify(packed())}\n`).toMatchFileSnapshot("../src/emoji/list.json");
});

test("the list has all categories, and forms in skin tones", () => {
  const list = packed();
  expect(list.map(([category]) => category)).toEqual([
    ...["smileys-emotion", "people-body", "animals-nature", "food-drink", "travel-places"],
    ...["activities", "objects", "symbols", "flags"],
  ]);
  const lines = list.flatMap(([, lines]) => lines);
  expect(lines.length).toBeGreaterThan(1_900);
  const light = (emoji: string) =>
    lines.find((each) => each.startsWith(`${emoji}\t`))?.split("\t")[4];
  expect(light("👋")).toBe("👋🏻");
  expect(light("🕵️‍♂️")).toBe("🕵🏻‍♂️");
  expect(light("👩‍❤️‍👨")).toBe("👩🏻‍❤️‍👨🏻");
  expect(light("🎉")).toBeUndefined();
});
