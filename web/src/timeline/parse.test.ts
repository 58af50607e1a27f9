import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Block, childrenOf, hasMarks, type Inline, plainly } from "./blocks.ts";
import { isOnlyEmoji } from "./only-emoji.ts";
import { parseMarkdown } from "./parse.ts";

/** The table of the server. */
const TABLE = new URL("../../../server/messages/mentions.json", import.meta.url);
const mentions: { groups: { about: string; cases: [string, string[]][] }[] } = JSON.parse(
  readFileSync(TABLE, "utf8"),
);

/** The parts as one readable line: [strong a] b. */
function show(parts: readonly (Block | Inline)[]): string {
  return parts.map(one).join("");
}

function one(part: Block | Inline): string {
  if (part.type === "text") return part.text;
  if (part.type === "break") return "⏎";
  if (part.type === "mention") return `[${part.text.charAt(0)} ${part.names.join("|")}]`;
  if (part.type === "box") return part.checked ? "[x]" : "[ ]";
  if (part.type === "link") return `[link ${part.href} ${show(part.children)}]`;
  if (part.type === "list") {
    return `[list ${part.start ?? "-"} ${part.items.map((item) => `(${show(item)})`).join("")}]`;
  }
  if (part.type === "paragraph") return `[p ${show(part.children)}]`;
  return `[${part.type} ${"children" in part ? show(part.children) : part.text}]`;
}

function links(parts: readonly (Block | Inline)[]): readonly string[] {
  return parts.flatMap((part) => [
    ...(part.type === "link" ? [part.href] : []),
    ...links(childrenOf(part)),
  ]);
}

describe("what chats need is formatted", () => {
  test.each([
    ["plain", "[p plain]"],
    ["**a** *b* ~~c~~ `d`", "[p [strong a] [em b] [del c] [code d]]"],
    ["one\ntwo\n\nthree", "[p one⏎two][p three]"],
    ["```js\nlet a = '<b>';\n```", "[code let a = '<b>';]"],
    ["```", "[p ```]"],
    ["~~~\n", "[p ~~~]"],
    ["a\n```\n \n```\nb", "[p a][p ```\n \n```][p b]"],
    ["```not a language\ncode\n```", "[code not a language\ncode]"],
    ["> said\n> more", "[quote [p said⏎more]]"],
    ["- a\n- b\n  - c", "[list - ([p a])([p b][list - ([p c])])]"],
    ["3. a\n4. b", "[list 3 ([p a])([p b])]"],
    ["[x](https://a.example/)", "[p [link https://a.example/ x]]"],
    ["![x](https://a.example/)", "[p [link https://a.example/ x]]"],
    ["![](https://a.example/)", "[p [link https://a.example/ https://a.example/]]"],
    ["see https://a.example/b.", "[p see [link https://a.example/b https://a.example/b].]"],
    ["ann@a.example", "[p [link mailto:ann@a.example ann@a.example]]"],
    ["snake_case_name 2 * 3 * 4", "[p snake_case_name 2 * 3 * 4]"],
    ["\\*not\\*", "[p *not*]"],
  ])("%j", (source, shown) => {
    expect(show(parseMarkdown(source))).toBe(shown);
  });
});

describe("what chats do not need stays as it was written", () => {
  test.each([
    "# a",
    "a\n===",
    "---",
    "<b>a</b>",
    "<!-- a -->",
    "&lt;b&gt; &amp; &#60;",
    "    four",
    "[a]: b",
  ])("%j", (source) => {
    expect(
      show(parseMarkdown(source))
        .replace(/\[p |\]$/g, "")
        .replace("⏎", "\n")
        .trimEnd(),
    ).toContain(source.trim());
  });
});

/** The names that may be meant, as the server lists them. */
function namesIn(parts: readonly (Block | Inline)[]): readonly string[] {
  const found = parts.flatMap((part) =>
    part.type === "mention" ? part.names : namesIn(childrenOf(part)),
  );
  return [...new Set(found.map((name) => name.toLowerCase()))];
}

describe("mentions are those that the server finds", () => {
  test.each(mentions.groups)("$about", ({ cases }) => {
    for (const [source, names] of cases) {
      expect({ source, names: namesIn(parseMarkdown(source)) }).toEqual({ source, names });
    }
  });

  test.each([
    ["@ann, hi", "[p [@ ann], hi]"],
    ["**@ann**", "[p [strong [@ ann]]]"],
    ["_hello @ann_", "[p [em hello [@ ann]]]"],
    ["你好*@ann*你好", "[p 你好[em [@ ann]]你好]"],
    ["@ann--so", "[p [@ ann|ann--so]]"],
    ["`@ann`", "[p [code @ann]]"],
    ["[@ann](https://a.example/)", "[p [link https://a.example/ @ann]]"],
    ["[@ann](javascript:x)", "[p [@ann](javascript:x)]"],
    ["\\@ann", "[p @ann]"],
    ["\ue000 @ann \ue000", "[p \ue000 [@ ann] \ue000]"],
  ])("%j", (source, shown) => {
    expect(show(parseMarkdown(source))).toBe(shown);
  });
});

describe("what only looks like a mark is text", () => {
  test.each([
    ...["\\\\server\\share", "C:\\Users\\bob\\_tmp_", "¯\\_(ツ)_/¯", "C:\\*.txt, D:\\*.txt"],
    ...["¯\\_(ツ)_/¯ and ¯\\_(ツ)_/¯", "C:\\Users\\*\\_x", "..\\[a]", "C:\\.git", "a\\"],
    ...["\\\\server\\_share_\\*", "~\\-x", "\\(x\\)", "snake\\_case", "D:\\#1", "C:\\@bob"],
    ...["-", "+", "*", ">", "1.", "1)", "- ", ">>", "* * *", "- - -", "**", "__", "~~", "`"],
  ])("%j", (source) => {
    expect(show(parseMarkdown(source))).toBe(`[p ${source}]`);
  });

  test.each([
    ["a\n-\nb", "[p a⏎-⏎b]"],
    ["C:\\dir\\\nb", "[p C:\\dir\\⏎b]"],
    ["-\n\na", "[p -][p a]"],
    ["- a\n-\n- b", "[list - ([p a])()([p b])]"],
    ["> a\n>\n> b", "[quote [p a][p b]]"],
    ["```\n-\n\\_\n@bob\n```", "[code -⏎\\_⏎@bob]"],
    ["`\\_ @bob`", "[p [code \\_ @bob]]"],
    ["\\*not\\* \\_so\\_ \\[a\\](b)", "[p *not* _so_ [a](b)]"],
    ["\\- a", "[p - a]"],
    ["1\\. a", "[p 1. a]"],
    ["\\# a", "[p # a]"],
  ])("%j", (source, shown) => {
    expect(show(parseMarkdown(source)).replaceAll("\n", "⏎")).toBe(shown);
  });
});

describe("a task stands on the line of its box", () => {
  test.each([
    ["- [ ] a\n- [x] b", "[list - ([p [ ]a])([p [x]b])]"],
    ["- [ ] a\n\n- [x] **b**", "[list - ([p [ ]a])([p [x][strong b]])]"],
    ["1. [X] a\n   - b", "[list 1 ([p [x]a][list - ([p b])])]"],
    ["[ ] a", "[p [ ] a]"],
  ])("%j", (source, shown) => {
    expect(show(parseMarkdown(source))).toBe(shown);
  });
});

describe("an address is a link from its begin to its end", () => {
  test.each([
    ["https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"],
    ["http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah/"],
    ["https://пример.example", "https://xn--e1afmkfd.example/"],
    ["https://a.example/foo_", "https://a.example/foo_"],
    ["https://a.example/a_b_(c)_", "https://a.example/a_b_(c)_"],
    ["www.a.example/x", "http://www.a.example/x"],
    ["http://localhost:8080/a?b=c&d=@e#f", "http://localhost:8080/a?b=c&d=@e#f"],
  ])("%j", (source, href) => {
    expect(show(parseMarkdown(source))).toBe(`[p [link ${href} ${source}]]`);
    expect(links(parseMarkdown(`(${source}), so`))).toEqual([href]);
    expect(links(parseMarkdown(`見て ${source}。次`))).toEqual([href]);
    expect(show(parseMarkdown(`**${source}**`))).toBe(`[p [strong [link ${href} ${source}]]]`);
  });

  test.each([
    ["見てhttps://a.example。次", "[p 見て[link https://a.example/ https://a.example]。次]"],
    ["https://a.example。次", "[p [link https://a.example/ https://a.example]。次]"],
    ["「https://a.example/x」", "[p 「[link https://a.example/x https://a.example/x]」]"],
    ["_https://a.example/x_", "[p [em [link https://a.example/x https://a.example/x]]]"],
    ["https://a.example/x!?", "[p [link https://a.example/x https://a.example/x]!?]"],
    ["<https://a.example/x>", "[p [link https://a.example/x https://a.example/x]]"],
    ["https://", "[p https://]"],
    ["http://%", "[p http://%]"],
    ["www.", "[p www.]"],
    ["ftp://a.example/x", "[p ftp://a.example/x]"],
  ])("%j", (source, shown) => {
    expect(show(parseMarkdown(source))).toBe(shown);
  });
});

test.each([
  "[a](javascript:alert(1))",
  "[a](JaVaScRiPt:alert(1))",
  "[a](\u0001javascript:alert(1))",
  "[a](java\tscript:alert(1))",
  "[a](<java\nscript:alert(1)>)",
  "[a](data:text/html,<script>alert(1)</script>)",
  "[a](vbscript:x)",
  "[a](//a.example)",
  "[a](/settings)",
  "![a](javascript:alert(1))",
  "<javascript:alert(1)>",
  "[a](file:///etc/passwd)",
  "[a](blob:https://a.example/x)",
])("%j leads nowhere", (source) => {
  expect(links(parseMarkdown(source))).toEqual([]);
});

test.each([
  ["quotes", ">".repeat(8000)],
  ["spaced quotes", "> ".repeat(4000)],
  ["underscores", "_a".repeat(4000)],
  ["stars", "**a".repeat(2600)],
  ["brackets", "[".repeat(8000)],
  ["links", "[a](".repeat(2000)],
  ["lists", Array.from({ length: 60 }, (_, i) => `${"  ".repeat(i)}- a`).join("\n")],
])("8,000 characters of %s are cheap", (_, source) => {
  expect(parseMarkdown(source)).toEqual([
    { type: "paragraph", children: [{ type: "text", text: source }] },
  ]);
});

test.each([
  ["👍", true],
  ["👩‍👩‍👧 🇩🇪", true],
  ["👍 ok", false],
  ["1", false],
  ["#", false],
  ["", false],
])("%j only emoji: %s", (source, is) => {
  expect(isOnlyEmoji(source)).toBe(is);
});

describe("a text without marks", () => {
  const sentences = [
    "Back in 10 minutes!",
    "1.5 or 2-3 (so-so); 10 % — «yes»",
    "# 1",
    "=",
    "田中 雪 👍🏽",
    "one\ntwo\n\nthree\n\n\nfour\n: five",
  ];
  const characters = Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code));
  const around = characters.flatMap((each) => [
    `a${each}b`,
    `${each} a`,
    `${each}${each}${each}`,
    `a\n${each} b`,
    `a\n\n${each}\nb`,
    `a${each}\n`,
  ]);
  const unmarked = [...sentences, ...around, "12) a"].filter((source) => !hasMarks(source));

  test("is not changed by the parser", () => {
    expect(sentences.filter(hasMarks)).toEqual([]);
    for (const source of unmarked) expect(parseMarkdown(source)).toEqual(plainly(source));
  });
});
