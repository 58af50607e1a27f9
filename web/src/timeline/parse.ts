import type { MarkedToken, Token, Tokens } from "marked";
import { asWritten, type Block, childrenOf, type Inline } from "./blocks.ts";
import { BoundedLexer, BoundedTokenizer } from "./bounded.ts";
import { HeldText } from "./held.ts";
import { endOfAddress } from "./spans.ts";

/** The maximum number of elements of a text, because a browser has to lay out each of them. */
const MOST_PARTS = 1_000;
const LANGUAGE = /^[\w+#.-]{0,20}$/;
const SCHEME = /^(?:https?:\/\/|www\.)(?=[\p{L}\p{N}[])/iu;
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

  /** An address in the text. The library knows no other letters than those of English in it. */
  override url(source: string) {
    const scheme = SCHEME.exec(source)?.[0];
    if (!scheme) return super.url(source);
    const text = source.slice(0, endOfAddress(source, 0));
    if (text.length <= scheme.length) return undefined;
    const href = /^www/i.test(scheme) ? `http://${text}` : text;
    const tokens: [Tokens.Text] = [{ type: "text", raw: text, text }];
    return { type: "link" as const, raw: text, text, href, tokens };
  }
}

/**
 * The blocks of a message's text. A text that is too expensive, or that the library fails at, is
 * shown as it was written.
 */
export function parseMarkdown(source: string): readonly Block[] {
  try {
    const held = new HeldText(source.replace(/\r\n?/g, "\n"));
    const lexed = new BoundedLexer(new ChatTokenizer()).lex(held.text);
    const found = new Conversion(held).blocks(lexed);
    return count(found) > MOST_PARTS ? asWritten(source) : found;
  } catch {
    return asWritten(source);
  }
}

function count(parts: readonly (Block | Inline)[]): number {
  const own = (part: Block | Inline) => (part.type === "list" ? 1 + part.items.length : 1);
  return parts.reduce((sum, part) => sum + own(part) + count(childrenOf(part)), 0);
}

/** Makes parts of the library's tokens. */
class Conversion {
  constructor(private readonly held: HeldText) {}

  blocks(tokens: readonly Token[]): readonly Block[] {
    return tokens.flatMap((token) => this.block(token as MarkedToken));
  }

  private block(token: MarkedToken): readonly Block[] {
    switch (token.type) {
      case "space":
        return [];
      case "code":
        return [this.code(token.lang ?? "", token.text, token.raw)];
      case "blockquote":
        return [{ type: "quote", children: this.blocks(token.tokens) }];
      case "list": {
        const start = token.ordered ? Number(token.start) : null;
        return [{ type: "list", start, items: token.items.map((item) => this.item(item)) }];
      }
      default: {
        const inner = "tokens" in token && token.tokens;
        const children = inner ? this.inlines(inner) : this.held.parts(token.raw);
        return [{ type: "paragraph", children }];
      }
    }
  }

  /** The box of a task stands on the line of its text. */
  private item({ task, checked = false, tokens }: Tokens.ListItem): readonly Block[] {
    const [first, ...others] = this.blocks(tokens.filter(({ type }) => type !== "checkbox"));
    if (!task) return first ? [first, ...others] : [];
    const text = first?.type === "paragraph" ? first.children : [];
    const children = [{ type: "box", checked } as const, ...text];
    const rest = first && first.type !== "paragraph" ? [first, ...others] : others;
    return [{ type: "paragraph", children }, ...rest];
  }

  /**
   * Other words after the fence than a language belong to the text, and are kept. A fence around
   * nothing is text.
   */
  private code(given: string, inside: string, raw: string): Block {
    const info = this.held.restore(given);
    const text = this.held.restore(inside);
    if (text.trim() && LANGUAGE.test(info))
      return { type: "code", text, language: info.toLowerCase() };
    const words = `${info}\n${text}`.trim();
    if (words) return { type: "code", text: words, language: "" };
    return { type: "paragraph", children: [{ type: "text", text: this.held.restore(raw).trim() }] };
  }

  private inlines(tokens: readonly Token[]): readonly Inline[] {
    return tokens.flatMap((token) => this.inline(token as MarkedToken));
  }

  private inline(token: MarkedToken): readonly Inline[] {
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return [{ type: token.type, children: this.inlines(token.tokens) }];
      case "codespan":
        return [{ type: "code", text: this.held.restore(token.text) }];
      case "br":
        return [{ type: "break" }];
      case "link":
        return this.link(token.href, token.raw, this.inlines(token.tokens));
      case "image":
        return this.link(token.href, token.raw, this.held.parts(token.text));
      case "escape":
        return [{ type: "text", text: token.text }];
      case "checkbox":
        return [];
      default: {
        const inner = "tokens" in token && token.tokens;
        return inner ? this.inlines(inner) : this.held.parts(token.raw);
      }
    }
  }

  private link(given: string, raw: string, children: readonly Inline[]): readonly Inline[] {
    const address = this.held.restore(given);
    const href = safe(address);
    if (!href) return [{ type: "text", text: this.held.restore(raw) }];
    return [
      {
        type: "link",
        href,
        children: children.length ? children : [{ type: "text", text: address }],
      },
    ];
  }
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
