/** All emoji with their names. A file of its own, loaded when it is first needed. */
import { type Gemoji, gemoji } from "gemoji";

export type Emoji = Gemoji;

const sorted = new Map<string, Emoji[]>();
for (const each of gemoji) {
  const category = sorted.get(each.category);
  if (category) category.push(each);
  else sorted.set(each.category, [each]);
}
export const categories: ReadonlyMap<string, readonly Emoji[]> = sorted;

/** Searches by name, then by tag and description. Names that start with the words come first. */
export function findEmoji(words: string, most: number): readonly Emoji[] {
  const wanted = words.trim().toLowerCase().replaceAll(" ", "_");
  if (!wanted) return [];
  const ranked = gemoji.map((each) => [rank(each, wanted), each] as const);
  const found = ranked.filter(([place]) => place < 4).sort(([a], [b]) => a - b);
  return found.slice(0, most).map(([, each]) => each);
}

function rank({ names, tags, description }: Emoji, wanted: string): number {
  if (names.some((name) => name === wanted)) return 0;
  if (names.some((name) => name.startsWith(wanted))) return 1;
  if (tags.some((tag) => tag.startsWith(wanted))) return 2;
  const words = [...names, description.replaceAll(" ", "_")];
  return words.some((each) => each.includes(wanted)) ? 3 : 4;
}
