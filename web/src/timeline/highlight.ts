import type { Element, Root, RootContent } from "hast";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";

/** A piece of code, and the colour it gets: a class of `code-block.module.css`. */
export interface CodePiece {
  readonly kind: Kind | null;
  readonly text: string;
}

type Kind = "word" | "string" | "number" | "name" | "note" | "added" | "removed";

/** At most so many pieces are coloured, because a browser has to lay out each of them. */
const MOST_CODE_PIECES = 1_500;

/**
 * The beginning that is coloured: the library's work can grow with the square of the length.
 */
const MOST_COLOURED = 4_000;
/**
 * Code with a longer line, word or row of signs has one colour: the library looks through some of
 * them again for each letter.
 */
const LONG_CODE = /[^\n]{301}|\w{101}|[^\w\s]{101}/;

/** What the library's classes are coloured as. Others have the colour of the code. */
const CLASS_KINDS: Readonly<Record<string, Kind>> = {
  keyword: "word",
  literal: "number",
  number: "number",
  "selector-tag": "word",
  operator: "word",
  tag: "word",
  string: "string",
  regexp: "string",
  char: "string",
  symbol: "string",
  code: "string",
  title: "name",
  name: "name",
  section: "name",
  type: "name",
  built_in: "name",
  attr: "name",
  attribute: "name",
  variable: "name",
  property: "name",
  "selector-class": "name",
  "selector-id": "name",
  "template-variable": "name",
  bullet: "number",
  comment: "note",
  quote: "note",
  doctag: "note",
  meta: "note",
  addition: "added",
  deletion: "removed",
};

// C is close enough to C++, and JavaScript to TypeScript.
const grammars = {
  ...{ bash, cpp, csharp, css, diff, dockerfile, go, ini, java, json, python, rust, sql },
  ...{ typescript, xml, yaml },
};
const lowlight = createLowlight(grammars);
lowlight.registerAlias({
  bash: ["shell", "console", "zsh"],
  cpp: ["c", "h", "objc"],
  css: ["scss", "less"],
  typescript: ["javascript", "js", "jsx", "mjs", "cjs"],
  xml: ["vue", "svelte"],
});

export const CODE_LANGUAGES = Object.keys(grammars);

/** The pieces of code in a language that is known here; null if it is none. */
export function highlight(code: string, language: string): readonly CodePiece[] | null {
  if (!lowlight.registered(language) || LONG_CODE.test(code)) return null;
  const end = code.length > MOST_COLOURED ? code.lastIndexOf("\n", MOST_COLOURED) : code.length;
  try {
    const pieces: CodePiece[] = [];
    collect(lowlight.highlight(language, code.slice(0, end)), null, pieces);
    const rest = pieces.splice(MOST_CODE_PIECES).map(({ text }) => text);
    return [...pieces, { kind: null, text: rest.join("") + code.slice(end) }];
  } catch {
    return null;
  }
}

function collect(parent: Root | Element, kind: Kind | null, pieces: CodePiece[]): void {
  for (const node of parent.children as readonly RootContent[]) {
    if (node.type === "text") pieces.push({ kind, text: node.value });
    if (node.type === "element") collect(node, kindOf(node) ?? kind, pieces);
  }
}

function kindOf({ properties }: Element): Kind | undefined {
  const [name] = [properties.className].flat();
  return typeof name === "string" ? CLASS_KINDS[name.replace(/^hljs-/, "")] : undefined;
}
