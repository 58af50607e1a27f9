import { expect, test } from "vitest";
import { CODE_LANGUAGES, highlight } from "./highlight.ts";

const shown = (code: string, language: string) =>
  highlight(code, language)
    ?.filter(({ text }) => text)
    .map(({ kind, text }) => (kind ? `[${kind} ${text}]` : text))
    .join("");

test.each([
  ["js", "let a = 'b'; // c", "[word let] a = [string 'b']; [note // c]"],
  ["python", "def f(): return 1", "[word def] [name f](): [word return] [number 1]"],
  ["json", '{"a": true}', '{[name "a"]: [word true]}'],
  ["diff", "+a\n-b", "[added +a]\n[removed -b]"],
  ["sh", "echo $A", "[name echo] [name $A]"],
  ["html", "<b>a</b>", "[word <][name b][word >]a[word </][name b][word >]"],
])("%s is coloured", (language, code, colours) => {
  expect(shown(code, language)).toBe(colours);
});

test.each(CODE_LANGUAGES)("not a letter of code in %s is lost", (language) => {
  const code = "def a(b): /* c */\n\tlet d = `e $f`; # <g h='i'>\n".repeat(120);
  const pieces = highlight(code, language) ?? [];
  expect(pieces.map(({ text }) => text).join("")).toBe(code);
});

test("code in a language that is not known, or with too long a line, has no colours", () => {
  expect(highlight("a", "klingon")).toBeNull();
  expect(highlight("a", "constructor")).toBeNull();
  expect(highlight(`let a = ${"1 + ".repeat(200)}`, "js")).toBeNull();
});
