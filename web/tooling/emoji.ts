import data from "emojibase-data/en/compact.json";
import messages from "emojibase-data/en/messages.json";
import shortcodes from "emojibase-data/en/shortcodes/github.json";

/** A category, and its emoji as lines. */
export type PackedEmoji = readonly [category: string, lines: readonly string[]];

interface Source {
  readonly unicode: string;
  readonly hexcode: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order?: number;
  readonly skins?: readonly { readonly unicode: string }[];
}

/** The first of the five skin tones. The form with it tells where the others belong, too. */
const LIGHT = "\u{1f3fb}";
const TONES = ["\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"];
const named: Readonly<Record<string, string | readonly string[]>> = shortcodes;

/**
 * The list of emoji that the app loads: by category, one line for each, which has the emoji, how it
 * is called, its short names, other words that find it, and its form in the lightest skin. What is
 * said by another part is left out.
 */
export function packed(): readonly PackedEmoji[] {
  const sorted = (data as readonly Source[])
    .filter(({ group, order }) => group !== undefined && order !== undefined)
    .sort((one, other) => (one.order ?? 0) - (other.order ?? 0));
  return messages.groups
    .filter(({ key }) => key !== "component")
    .map(({ key, order }) => [
      key,
      sorted.filter(({ group }) => group === order).map((each) => packedLine(each)),
    ]);
}

function packedLine(each: Source): string {
  const names = [named[each.hexcode] ?? []].flat();
  const known = words(`${each.label} ${names.join(" ")}`);
  // The search finds words by their beginnings.
  const tags = (each.tags ?? []).filter((tag) =>
    words(tag).some((word) => !known.some((each) => each.startsWith(word))),
  );
  const parts = [
    qualified(each.unicode),
    each.label,
    names.join(" "),
    tags.join("|"),
    lightForm(each),
  ];
  return parts.join("\t").trimEnd();
}

/** As Unicode qualifies it: where an emoji is one by default, nothing says so. */
const qualified = (text: string) => text.replace(/(\p{Emoji_Presentation})\ufe0f/gu, "$1");

function lightForm({ label, skins = [] }: Source): string {
  const forms = new Set(skins.map(({ unicode }) => qualified(unicode)));
  const light = [...forms].find((form) => toneOf(form) === LIGHT);
  if (!light) return "";
  const wrong = TONES.find((tone) => !forms.has(light.replaceAll(LIGHT, tone)));
  if (wrong) throw new Error(`${label} has no form in ${wrong}`);
  return light;
}

/** The tone of an emoji in which everybody has the same one. */
function toneOf(form: string): string | null {
  const tones = new Set([...form].filter((letter) => TONES.includes(letter)));
  return tones.size === 1 ? ([...tones][0] ?? null) : null;
}

const words = (text: string): readonly string[] => text.toLowerCase().split(/[\s_:,]+/);
