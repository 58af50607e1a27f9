/** Replaces names such as `:tada:` by their emoji. A file of its own, because it has all the names. */

import { categories } from "../emoji/names.ts";
import { findSpans } from "../timeline/spans.ts";

/** Names in a row, with nothing beside them that makes them part of a time, a path or an address. */
const SHORTCODES = /(?<![\w:/\\])(?::[\w+-]+:)+(?![\w:/])/g;

const emojiByName = new Map<string, string>();
for (const all of categories.values()) {
  for (const { names, emoji } of all) for (const name of names) emojiByName.set(name, emoji);
}

/** The text with its emoji. Names in code, links and addresses stay, and so do those of no emoji. */
export function withEmoji(source: string): string {
  let text = "";
  let at = 0;
  for (const { type, start, end } of findSpans(source)) {
    if (type === "mention" || type === "backslash") continue;
    text += replaced(source.slice(at, start)) + source.slice(start, end);
    at = end;
  }
  return text + replaced(source.slice(at));
}

function replaced(text: string): string {
  return text.replace(SHORTCODES, (row) =>
    row.replace(
      /:([\w+-]+):/g,
      (code, name: string) => emojiByName.get(name.toLowerCase()) ?? code,
    ),
  );
}
