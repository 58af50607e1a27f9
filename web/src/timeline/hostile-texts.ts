/** Texts that have stopped Markdown parsers, each as long as a message may be. */

const TEXT_LENGTH = 8_000;

/**
 * Repeated many times, each of these has made some parser take quadratic time or nest without end.
 */
const REPEATED = {
  lists: ["- ", "* ", "+ ", "1. ", "1) 2) ", " - ", "\t- ", "-\n", "- a\n", "- - a\n", "  - a\n"],
  loose: ["- a\n\n", "- a\n\n\n  b\n", "1. a\n   - b\n", "- [ ] a\n", "-\n ", "    a\n"],
  quotes: ["> ", ">", "> - ", "- > ", "> a\nb\n", "> > > a\n\n", "> 1. > - "],
  brackets: ["[", "![", "![[]()", "[[a]]", "](", "[\\", "[a\\]", "!", "!a[", "[]()", "(", ")"],
  links: ["[a](", "[a](b", "[a](<b", "[](", "[a](b)c", '[a](b "c', "![a](<b> (c)", "[*a](b)*"],
  references: ["[a][b]", "[a]", "[a]:b\n", "[a]: <b> 'c'\n", "[^1]"],
  emphasis: ["*", "**", "_", "__", "*a_ ", "*a _b", "**a *b", "_a", "*a", "**a", "a**b", "a*b_"],
  strikes: ["~", "~~", "~~a", "~a~ ", "a~~", "~~~~", "~~~~\n", "~~a**b"],
  code: ["`", "`a", "``a`", "` `` ", "```\n", "```a\n", "`[a`](b)", "[`a`](b)`", "\\`"],
  tables: ["|", "|a", "| a |", "|-", "a|b\n-|-\n", "|a|\n|-|\n"],
  headings: ["#", "# ", "# a\n", "###### ", "a\n-\n", "a\n=\n", "---\n", "***\n"],
  html: [
    "<",
    "<a",
    "<a ",
    "</",
    "<!--",
    "<!-- -",
    "<?",
    "<![CDATA[",
    "<a href='",
    "<x y=z ",
    "<b>",
  ],
  addresses: [
    "http://",
    "http://a ",
    "http://a.",
    "http://a(",
    "http://a&b;",
    "www.",
    "www.a ",
    "a@",
  ],
  mails: ["a@b", "a@b.", "a@b.c ", "a@b.c,", "mailto:", "mailto:a@b.c ", "xmpp:a@b.c/", "<a@b.c>"],
  mentions: ["@", "@a ", "@a", "@a.", "@a-", "@a@b ", "@all "],
  entities: ["&", "&#1;", "&#x41;", "&amp;", "\\", "\\*", "\\\n"],
  emoji: [":smile:", ":a:", ":", "👍", "👩‍👩‍👧", "🇩🇪", "👍🏽 "],
  spaces: [" ", "\t", "\n", " \n", "  \n", "a  \n", "\u00a0", "\u2028", "\u0000", "\r"],
  signs: ["\u202e", "\u2066", "\u202eabc\u2066", "a\u0301", "\u0301", "ａ", "\ud800", "\ufeff"],
  words: ["a", "a.", "a_b_c ", "word ", "九"],
} as const;

/** Pairs that open and close something. Each is repeated as often as it fits. */
const PAIRS = [
  ["*", "*"],
  ["**", "**"],
  ["_", "_"],
  ["*a _b ", "_ *"],
  ["**a *b ", "*c **"],
  ["~~", "~~"],
  ["[", "]"],
  ["[", "](b)"],
  ["![", "](b)"],
  ["[a](", ")"],
  ["(", ")"],
  ["`", "`"],
  ["<", ">"],
] as const;

/** Lines that are each indented further than the line before. */
const STAIRS = ["  ", "    ", "\t", "> ", "> - ", "- ", "1. ", "   "] as const;

/**
 * Texts just below the limits, so that they are drawn with all their formatting, which is expensive
 * too.
 */
const MUCH = [
  ["- a\n", 240],
  ["- - - - - - - - - a\n\n", 40],
  ["> > > > > a\n\n", 120],
  ["*a* `b` @c ", 160],
  ["[a](https://a.example/) ", 300],
  ["a\n", 490],
  ["```\na\n```\n", 400],
] as const;

/**
 * Half of the text is one line of markers. The other half is lines that continue the innermost
 * block.
 */
const LAZY = ["- ", "* ", "1. ", "> ", "- > ", ">"] as const;

/** Returns the name of each text, and the text. */
export function hostileTexts(): readonly (readonly [string, string])[] {
  const repeated = Object.values(REPEATED)
    .flat()
    .flatMap((unit) => [named(unit, unit), named(`a, then ${unit}`, unit, "a"), ended(unit)]);
  const around = PAIRS.map(([open, close]) => [`${open} around ${close}`, nested(open, close)]);
  const stairs = STAIRS.map((step) => [`stairs of ${JSON.stringify(step)}`, stair(step)]);
  const much = MUCH.map(([unit, times]) => [
    `${JSON.stringify(unit)} ${times}`,
    unit.repeat(times),
  ]);
  const lazy = LAZY.map((unit) => {
    const line = unit.repeat(TEXT_LENGTH / 2 / unit.length);
    return [`${JSON.stringify(unit)}, and lines that go on`, filled(line, "[a\n")];
  });
  const wide = `|${"a|".repeat(2_000)}\n|${"-|".repeat(1_998)}`;
  return [
    ...repeated,
    ...around,
    ...stairs,
    ...much,
    ...lazy,
    ["a table of 2,000 columns", wide],
  ] as const as [string, string][];
}

function named(name: string, unit: string, before = ""): [string, string] {
  return [JSON.stringify(name), filled(before, unit)];
}

/** Ends with the characters that could close everything that is open. */
function ended(unit: string): [string, string] {
  const end = "*_~`)]>";
  return [`${JSON.stringify(unit)}, then ${end}`, filled("", unit).slice(0, -end.length) + end];
}

function filled(before: string, unit: string): string {
  return (before + unit.repeat(Math.ceil(TEXT_LENGTH / unit.length))).slice(0, TEXT_LENGTH);
}

function nested(open: string, close: string): string {
  const times = Math.floor((TEXT_LENGTH - 1) / (open.length + close.length));
  return `${open.repeat(times)}a${close.repeat(times)}`;
}

function stair(step: string): string {
  const lines: string[] = [];
  for (let left = TEXT_LENGTH; left > 0; left -= (lines.at(-1)?.length ?? 0) + 1) {
    lines.push(`${step.repeat(lines.length)}- a`);
  }
  return lines.join("\n").slice(0, TEXT_LENGTH);
}
