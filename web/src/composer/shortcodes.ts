/** Replaces names such as `:tada:` by their emoji. */

import type { EmojiList } from "../emoji/names.ts";
import { findSpans } from "../timeline/spans.ts";

/** Names in a row, with nothing beside them that makes them part of a time, a path or an address. */
const SHORTCODES = /(?<![\w:/\\])(?::[\w+-]+:)+(?![\w:/])/g;

/**
 * What gives a text its emoji. Names in code, links and addresses stay, and so do those of no emoji.
 */
export function withEmoji(list: EmojiList): (source: string) => string {
  const emojiByName = new Map<string, string>();
  for (const { names, emoji } of [...list.values()].flat()) {
    for (const name of names) if (!emojiByName.has(name)) emojiByName.set(name, emoji);
  }
  const replaced = (text: string) =>
    text.replace(SHORTCODES, (row) =>
      row.replace(
        /:([\w+-]+):/g,
        (code, name: string) => emojiByName.get(name.toLowerCase()) ?? code,
      ),
    );
  return (source) => {
    let text = "";
    let at = 0;
    for (const { type, start, end } of findSpans(source)) {
      if (type === "mention" || type === "backslash") continue;
      text += replaced(source.slice(at, start)) + source.slice(start, end);
      at = end;
    }
    return text + replaced(source.slice(at));
  };
}
