import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutMarkdown as line } from "../rooms/without-markdown.ts";
import { asWritten, type Block, childrenOf, hasMarks, type Inline } from "./blocks.ts";
import { CODE_LANGUAGES, highlight } from "./highlight.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { isOnlyEmoji } from "./only-emoji.ts";
import { parseMarkdown } from "./parse.ts";

const LENGTH = 8_000;
/** The depth of what is shown: ten blocks, and ten marks of emphasis inside. */
const DEEPEST = 20;
const MOST_PARTS = 1_000;
/** Milliseconds for the best of several tries: ten times what the most expensive text takes. */
const PATIENCE = 250;
const TRIES = 3;

/** `FUZZ_SEED=7 FUZZ_RUNS=100000 npx vitest run hostile` searches further. */
const runs = {
  seed: Number(process.env.FUZZ_SEED ?? 1),
  numRuns: Number(process.env.FUZZ_RUNS ?? 400),
};

type Part = Block | Inline;

const depth = (parts: readonly Part[]): number =>
  parts.reduce((most, part) => Math.max(most, 1 + depth(childrenOf(part))), 0);

const count = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + 1 + count(childrenOf(part)), 0);

const words = (parts: readonly Part[]): string => parts.map(wordsOf).join("");

function wordsOf(part: Part): string {
  return "text" in part ? part.text : `${words(childrenOf(part))}\n`;
}

/** Measures the best of several tries, so that a busy machine does not make a text look slow. */
function quickest(work: () => void): number {
  let best = Infinity;
  for (let tries = 0; tries < TRIES && best > PATIENCE; tries++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function expectBounds(source: string): readonly Block[] {
  let shown: readonly Block[] = [];
  const took = quickest(() => {
    shown = parseMarkdown(source);
  });
  expect(took).toBeLessThan(PATIENCE);
  expect(depth(shown)).toBeLessThanOrEqual(DEEPEST);
  expect(count(shown)).toBeLessThanOrEqual(MOST_PARTS);
  return shown;
}

describe("texts that have stopped Markdown parsers", () => {
  test.each(hostileTexts())("%s", (_, source) => {
    expect(source.length).toBeLessThanOrEqual(LENGTH);
    expectBounds(source);
  });
});

describe("texts that are too deep or too expensive stay as they were written", () => {
  test.each([
    ["lists in a line", "- ".repeat(3_999)],
    ["lists in lists", Array.from({ length: 60 }, (_, n) => `${"  ".repeat(n)}- a`).join("\n")],
    ["quotes", ">".repeat(LENGTH)],
    ["lists in quotes in lists", "> - 1. ".repeat(1_000)],
    ["emphasis in emphasis", `${"*a **b ".repeat(500)}c${"** *".repeat(500)}`],
    ["marks that close nothing", "*a_ ".repeat(2_000)],
    ["brackets", "[".repeat(LENGTH)],
    ["items", "-\n".repeat(4_000)],
    ["links", "[a](b) ".repeat(1_100)],
    ["names", "@a ".repeat(2_600)],
    ["lines", "a\n".repeat(4_000)],
  ])("%s", (_, source) => {
    expect(parseMarkdown(source)).toEqual(asWritten(source));
  });

  test("but long texts that are cheap are formatted", () => {
    const code = "const a = b[c] * d_e * f_g; // **\n".repeat(200);
    expect(parseMarkdown(`\`\`\`js\n${code}\`\`\``)).toMatchObject([{ type: "code" }]);
    const prose = "Some **words** and a [link](https://a.example/), *and* so `on`.\n\n".repeat(60);
    expect(parseMarkdown(prose)).toHaveLength(60);
    const rule = `**a**\n\n${"- ".repeat(30)}\n\nb`;
    expect(parseMarkdown(rule)).toHaveLength(3);
    const list = "- a **word**\n  - and another\n".repeat(80);
    expect(parseMarkdown(list)).toMatchObject([{ type: "list" }]);
  });
});

describe("generated texts", () => {
  test(
    "are bounded, and not a word of them is lost",
    () => {
      const property = fc.property(text(), (source) => {
        const shown = words(expectBounds(source));
        expect(shown.match(WORD)).toEqual(source.match(WORD));
      });
      fc.assert(property, runs);
    },
    1_000 * runs.numRuns,
  );
});

describe("other functions that look through texts", () => {
  test.each([
    ["hasMarks", hasMarks],
    ["isOnlyEmoji", isOnlyEmoji],
    ["a message in one line", line],
  ])("%s is as fast with hostile texts", (_, look) => {
    for (const [, source] of hostileTexts()) {
      // Quadratic work would take a hundred times as long.
      const long = source.repeat(10);
      expect(quickest(() => look(long))).toBeLessThan(PATIENCE);
    }
  });
});

describe("code in any language is coloured quickly", () => {
  const units = [
    ...[..."(){}[]<>/\\\"'`#$%&*-=+:;,.@!?|~^_ \na0é"],
    ...[
      "/*",
      "//",
      "<!--",
      "${",
      "${`",
      '\\"',
      "'''",
      '"""',
      "/[",
      "/a",
      "<a ",
      "<a b=",
      "a(",
      "a<",
    ],
    ...[
      "a::",
      "0x",
      "1e",
      "def a",
      "class A",
      "fn a<",
      "@a(",
      "a: |\n ",
      "- a: ",
      "a=",
      "[a]",
      "<<a",
    ],
    ...["template<", "a a", "a.a", "#{", "%w(", "--", "b'", 'r#"', "=> ", "async (", "function a("],
    ...[
      "select a",
      "EOF",
      "a\n\n",
      "&&\n",
      "1_",
      "a-",
      "a_",
      "$a",
      "0.",
      "1e+",
      "a?.",
      "a\t",
      " \n",
    ],
  ];

  test.each(CODE_LANGUAGES)(
    "%s",
    (language) => {
      // Longer words and lines have no colours.
      const texts = units.flatMap((unit) => {
        const word = unit.repeat(100).slice(0, 99);
        const lines = `${word} ${word} ${word}\n`.repeat(LENGTH / 300);
        return [unit.repeat(LENGTH), lines, `"${lines}`];
      });
      for (const source of texts) {
        const took = quickest(() => highlight(source, language));
        expect(took, source.slice(0, 20)).toBeLessThan(PATIENCE);
      }
    },
    30_000,
  );
});

/**
 * Words that cannot be a code block's language, because a language is the only word that is not
 * shown.
 */
const WORD = /ä\d+ä/g;
const BULLETS = ["- ", "* ", "+ ", "1. ", "12) ", "- [ ] "];
const INDENTS = ["", "  ", "    ", "\t", " "];
const MARKS = [..."*_~`[]()<>!|\\#-+=@:&\"' \n"];
const FENCES = ["```", "~~~~", "```js"];

/** Lists, quotes, emphasis, links and tables, nested in each other. */
function text(): fc.Arbitrary<string> {
  const { inline, block } = fc.letrec<{ inline: string; block: string }>((tie) => ({
    inline: inlines(tie("inline")),
    block: blocks(tie("inline"), tie("block")),
  }));
  const begin = fc.oneof(
    fc.constant(""),
    fc.tuple(fc.constantFrom(...BULLETS, "> ", "  ", "\t", ...MARKS), upTo(2_000)).map(repeated),
  );
  const body = fc.oneof(inline, block, fc.array(block, { maxLength: 4 }).map(lines));
  const times = fc.constantFrom(1, 2, 10, 100, LENGTH);
  return fc.tuple(begin, body, fc.constantFrom("", "\n", "\n\n", " "), times).map(fill);
}

function inlines(inline: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const word = upTo(999).map((n) => `ä${n}ä`);
  const soup = fc.array(fc.constantFrom(...MARKS), { maxLength: 8 }).map(joined);
  const mark = fc.constantFrom("*", "**", "_", "__", "~~", "***", "`", "``");
  const address = fc.constantFrom("https://a.example/", "www.a.example", "a@a.example");
  return fc.oneof(
    { maxDepth: 12 },
    word,
    soup,
    fc.tuple(mark, inline).map(([m, inner]) => `${m}${inner}${m}`),
    fc.tuple(mark, inline).map(joined),
    fc.tuple(address, inline).map(([to, label]) => `[${label}](${to})`),
    fc.tuple(fc.constantFrom("![", "[", "](", "<", "@", "\\"), inline).map(joined),
    fc.array(inline, { minLength: 1, maxLength: 4 }).map((all) => all.join(" ")),
  );
}

function blocks(inline: fc.Arbitrary<string>, block: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const some = fc.array(block, { minLength: 1, maxLength: 3 });
  const cells = fc.array(inline, { minLength: 1, maxLength: 6 });
  return fc.oneof(
    { maxDepth: 12 },
    fc.array(inline, { minLength: 1, maxLength: 3 }).map(lines),
    fc.tuple(fc.constantFrom(...BULLETS), fc.constantFrom(...INDENTS), some).map(listed),
    some.map((inner) => lines(inner).replace(/^/gm, "> ")),
    fc.tuple(fc.constantFrom(...FENCES), inline).map(([f, inner]) => `${f}\n${inner}\n${f}`),
    fc.tuple(upTo(6), inline).map(([n, inner]) => `${"#".repeat(n)} ${inner}`),
    cells.map((row) => `|${row.join("|")}|\n|${"-|".repeat(row.length)}\n|${row.join("|")}|`),
  );
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });
const joined = (parts: readonly unknown[]) => parts.join("");
const lines = (parts: readonly unknown[]) => parts.join("\n");
const repeated = ([unit, times]: [string, number]) => unit.repeat(times);

function listed([bullet, indent, items]: [string, string, string[]]): string {
  return items
    .map((item) => `${indent}${bullet}${item.replace(/\n/g, `\n  ${indent}`)}`)
    .join("\n");
}

/** Repeats a text up to the length of a message, without cutting a word. */
function fill([begin, body, between, times]: [string, string, string, number]): string {
  const unit = body + between;
  const many = unit ? unit.repeat(Math.min(times, Math.ceil(LENGTH / unit.length))) : "";
  return (begin + many).slice(0, LENGTH).replace(/ä\d*$/, "");
}
