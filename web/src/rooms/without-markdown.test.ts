import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withoutMarkdown } from "./without-markdown.ts";

/** The server's table, which it makes notifications by. */
const TABLE = new URL("../../../server/push/plain.json", import.meta.url);
const { cases }: { cases: [string, string][] } = JSON.parse(readFileSync(TABLE, "utf8"));

test.each(cases)("%j is shown as %j", (markdown, shown) => {
  expect(withoutMarkdown(markdown)).toBe(shown);
});
