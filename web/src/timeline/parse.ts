import type { MarkedToken, Token } from "marked";
import { asWritten, type Block, childrenOf, type Inline } from "./blocks.ts";
import { BoundedLexer, BoundedTokenizer } from "./bounded.ts";

/** The server's rule for mentions. */
const MENTION = /(?<![\w@])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)/g;
/** The maximum number of elements of a text, because a browser has to lay out each of them. */
const MOST_PARTS = 1_000;
const LANGUAGE = /^[\w+#.-]{0,20}$/;
const NO_TOKEN = () => undefined;

/** Leaves what chats do not need as it was written, most of all HTML. */
class ChatTokenizer extends BoundedTokenizer {
  override html = NO_TOKEN;
  override tag = NO_TOKEN;
  override def = NO_TOKEN;
  override reflink = NO_TOKEN;
  override heading = NO_TOKEN;
  override lheading = NO_TOKEN;
  override hr = NO_TOKEN;
  override table = NO_TOKEN;
  override code = NO_TOKEN;
}

/**
 * The blocks of a message's text. A text that is too expensive, or that the library fails at, is
 * shown as it was written.
 */
export function parseMarkdown(source: string): readonly Block[] {
  try {
    const found = blocks(new BoundedLexer(new ChatTokenizer()).lex(source));
    return count(found) > MOST_PARTS ? asWritten(source) : found;
  } catch {
    return asWritten(source);
  }
}

function count(parts: readonly (Block | Inline)[]): number {
  const own = (part: Block | Inline) => (part.type === "list" ? 1 + part.items.length : 1);
  return parts.reduce((sum, part) => sum + own(part) + count(childrenOf(part)), 0);
}

function blocks(tokens: readonly Token[]): readonly Block[] {
  return tokens.flatMap((token) => block(token as MarkedToken));
}

function block(token: MarkedToken): readonly Block[] {
  switch (token.type) {
    case "space":
      return [];
    case "code":
      return [{ type: "code", text: code(token.lang ?? "", token.text) }];
    case "blockquote":
      return [{ type: "quote", children: blocks(token.tokens) }];
    case "list": {
      const start = token.ordered ? Number(token.start) : null;
      return [{ type: "list", start, items: token.items.map((item) => blocks(item.tokens)) }];
    }
    case "checkbox":
      return [{ type: "paragraph", children: [{ type: "text", text: token.raw.trim() }] }];
    default: {
      const inner = "tokens" in token && token.tokens ? inlines(token.tokens) : written(token.raw);
      return [{ type: "paragraph", children: inner }];
    }
  }
}

/** A language is not shown. Other words after the fence belong to the text, and are kept. */
function code(info: string, inside: string): string {
  return inside && LANGUAGE.test(info) ? inside : `${info}\n${inside}`.trim();
}

function inlines(tokens: readonly Token[]): readonly Inline[] {
  return tokens.flatMap((token) => inline(token as MarkedToken));
}

function inline(token: MarkedToken): readonly Inline[] {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      return [{ type: token.type, children: inlines(token.tokens) }];
    case "codespan":
      return [{ type: "code", text: token.text }];
    case "br":
      return [{ type: "break" }];
    case "link":
      return link(token.href, token.raw, inlines(token.tokens));
    case "image":
      return link(token.href, token.raw, token.text ? [{ type: "text", text: token.text }] : []);
    case "escape":
      return [{ type: "text", text: token.text }];
    default:
      return "tokens" in token && token.tokens ? inlines(token.tokens) : written(token.raw);
  }
}

function link(given: string, raw: string, children: readonly Inline[]): readonly Inline[] {
  const href = safe(given);
  if (!href) return [{ type: "text", text: raw }];
  return [{ type: "link", href, children: children.length ? children : written(given) }];
}

/** Returns the address if following it can only open a page or a mail, and null otherwise. */
function safe(address: string): string | null {
  try {
    const { protocol, href } = new URL(address);
    return /^(?:https?|mailto):$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}

/** Plain text with the mentions in it. */
function written(source: string): readonly Inline[] {
  const found: Inline[] = [];
  let from = 0;
  for (const { index, 0: whole, 1: name = "" } of source.matchAll(MENTION)) {
    if (index > from) found.push({ type: "text", text: source.slice(from, index) });
    found.push({ type: "mention", name });
    from = index + whole.length;
  }
  if (from < source.length) found.push({ type: "text", text: source.slice(from) });
  return found;
}
