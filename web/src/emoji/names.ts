/** All emoji with their names, and how they are found. */

export interface Emoji {
  readonly emoji: string;
  readonly description: string;
  /** Its names between colons, as in `:tada:`. There is at least one. */
  readonly names: readonly string[];
  /** Other words that find it. */
  readonly tags: readonly string[];
  /** Its form in the lightest skin; null if it has no skin. */
  readonly light: string | null;
}

export type EmojiList = ReadonlyMap<string, readonly Emoji[]>;

/** The list as it is stored: `tooling/emoji.ts` says how. */
export type StoredEmoji = readonly (readonly [category: string, lines: readonly string[]])[];

export function unpackEmoji(stored: StoredEmoji): EmojiList {
  return new Map(stored.map(([category, lines]) => [category, lines.map(unpackLine)]));
}

function unpackLine(line: string): Emoji {
  const [emoji = "", description = "", names, tags, light] = line.split("\t");
  return {
    emoji,
    description,
    names: names ? names.split(" ") : [described(description)],
    tags: tags ? tags.split("|") : [],
    light: light || null,
  };
}

const described = (words: string) =>
  words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_|_$/g, "");

/** Searches by name, then by tag and description. Names that start with the words come first. */
export function findEmoji(list: EmojiList, words: string, most: number): readonly Emoji[] {
  const wanted = words.trim().toLowerCase().replaceAll(" ", "_");
  if (!wanted) return [];
  const all = [...list.values()].flat();
  const ranked = all.map((each) => [rank(each, wanted), each] as const);
  const found = ranked.filter(([place]) => place < 5).sort(([a], [b]) => a - b);
  return found.slice(0, most).map(([, each]) => each);
}

function rank({ names, tags, description }: Emoji, wanted: string): number {
  if (names.some((name) => name === wanted)) return 0;
  if (names.some((name) => name.startsWith(wanted))) return 1;
  if (tags.some((tag) => tag.startsWith(wanted))) return 2;
  const called = [...names, described(description)];
  if (called.some((each) => each.includes(wanted))) return 3;
  // Several words, in any order.
  const known = [...called, ...tags].flatMap((each) => each.split(/[_\s]/));
  const parts = wanted.split("_");
  return parts.every((part) => known.some((word) => word.startsWith(part))) ? 4 : 5;
}
