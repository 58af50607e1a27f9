import { describe, expect, test } from "vitest";
import { asWritten, type Block, childrenOf, hasMarks, type Inline } from "./blocks.ts";
import { isOnlyEmoji } from "./only-emoji.ts";
import { parseMarkdown } from "./parse.ts";

/** The parts as one readable line: [strong a] b. */
function show(parts: readonly (Block | Inline)[]): string {
  return parts.map(one).join("");
}

function one(part: Block | Inline): string {
  if (part.type === "text") return part.text;
  if (part.type === "break") return "⏎";
  if (part.type === "mention") return `[@ ${part.name}]`;
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

describe("mentions", () => {
  test.each([
    ["@ann, hi", "[p [@ ann], hi]"],
    ["(@bob.b)", "[p ([@ bob.b])]"],
    ["**@ann**", "[p [strong [@ ann]]]"],
    ["`@ann`", "[p [code @ann]]"],
    ["a@@ann", "[p a@@ann]"],
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
  ];
  const characters = Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code));
  const around = characters.flatMap((each) => [`a${each}b`, `${each} a`, `${each}${each}${each}`]);
  const unmarked = [...sentences, ...around, "12) a"].filter((source) => !hasMarks(source));

  test("is not changed by the parser", () => {
    expect(sentences.filter(hasMarks)).toEqual([]);
    for (const source of unmarked) expect(parseMarkdown(source)).toEqual(asWritten(source));
  });
});
