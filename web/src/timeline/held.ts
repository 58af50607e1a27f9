import type { Inline } from "./blocks.ts";
import { findSpans, type Span } from "./spans.ts";

type Mention = Extract<Inline, { type: "mention" }>;

/** Signs for private use: Markdown takes each for a letter. */
const FIRST_SIGN = 0xe000;
const LAST_SIGN = 0xf8ff;
const HELD_SIGNS = /[\ue000-\uf8ff]/g;

/** Lines of nothing but marks of lists and quotes, which would begin a list or quote of nothing. */
const LONE_MARKS = /^([ \t]*)([-*+>]|\d{1,9}[.)])(?:[ \t]*(?:[-*+>]|\d{1,9}[.)]))*[ \t]*$/;
const ITEM_LINE = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S/;
const QUOTE_LINE = /^[ \t]*>/;
/** The shoulders and the face of somebody who shrugs. */
const SHRUG_HERE = /\\_\([^\s()]{1,8}\)_\//y;
/** Before these, and not within a word, a backslash takes a mark's meaning back. */
const ESCAPED_MARKS = "*_~`[<@:";
const OPENERS: Readonly<Record<string, string>> = { "]": "[", ")": "(", ">": "<" };

/**
 * A text in which each piece that the Markdown library would misread is replaced by one sign:
 * mentions, backslashes that belong to paths and faces, and marks that stand alone on their line.
 */
export class HeldText {
  readonly text: string;
  private readonly pieces = new Map<string, string | Mention>();
  private readonly signs = new Map<string, string>();
  private readonly taken: ReadonlySet<string>;
  private next = FIRST_SIGN;

  constructor(source: string) {
    this.taken = new Set(source.match(HELD_SIGNS));
    const spans = findSpans(source);
    const escaped = escapedMarks(source, spans);
    let text = "";
    let at = 0;
    for (const span of [...spans, ...lonely(source)].sort((a, b) => a.start - b.start)) {
      const piece = this.pieceOf(source, span, escaped);
      if (piece === null || span.start < at) continue;
      text += source.slice(at, span.start) + this.signFor(piece);
      at = span.start + lengthOf(piece);
    }
    this.text = text + source.slice(at);
  }

  /** What was written. */
  restore(text: string): string {
    return this.pieces.size === 0 ? text : text.replace(HELD_SIGNS, (sign) => this.written(sign));
  }

  /** A text and the mentions in it. */
  parts(text: string): readonly Inline[] {
    const found: Inline[] = [];
    let plain = "";
    const end = () => {
      if (plain) found.push({ type: "text", text: plain });
      plain = "";
    };
    for (const each of text.split(/([\ue000-\uf8ff])/)) {
      const piece = this.pieces.get(each);
      if (typeof piece !== "object") plain += piece ?? each;
      else {
        end();
        found.push(piece);
      }
    }
    end();
    return found;
  }

  private written(sign: string): string {
    const piece = this.pieces.get(sign) ?? sign;
    return typeof piece === "string" ? piece : piece.text;
  }

  private pieceOf(source: string, span: Span | Lonely, escaped: ReadonlySet<number>) {
    const text = source.slice(span.start, span.end);
    if (span.type === "mention") return { type: "mention", text, names: span.names } as const;
    if (span.type === "alone") return text;
    if (span.type !== "backslash" || escaped.has(span.start)) return null;
    if (span.end === span.start + 1 && /[^\n]/.test(source.charAt(span.end))) return null;
    SHRUG_HERE.lastIndex = span.start;
    return SHRUG_HERE.exec(source)?.[0] ?? text;
  }

  /** Throws if the text has more pieces than there are signs. */
  private signFor(piece: string | Mention): string {
    const key = typeof piece === "string" ? `"${piece}` : `@${piece.text} ${piece.names.join(" ")}`;
    const known = this.signs.get(key);
    if (known) return known;
    while (this.taken.has(String.fromCharCode(this.next))) this.next++;
    if (this.next > LAST_SIGN) throw new RangeError("too many pieces");
    const sign = String.fromCharCode(this.next++);
    this.signs.set(key, sign);
    this.pieces.set(sign, piece);
    return sign;
  }
}

const lengthOf = (piece: string | Mention) =>
  (typeof piece === "string" ? piece : piece.text).length;

/** The places of the backslashes that take a mark's meaning back. Others stay as they are. */
function escapedMarks(source: string, spans: readonly Span[]): ReadonlySet<number> {
  const found = new Set<number>();
  // The marks that were taken back where they would begin something.
  const begun = new Set<string>();
  // The end of the last backslash that stays.
  let kept = -1;
  for (const { type, start, end } of spans) {
    if (type !== "backslash" || end === start + 1) continue;
    const mark = source.charAt(start + 1);
    const before = source.charAt(start - 1) || " ";
    const behind = source.charAt(start + 2) || " ";
    const line = source.slice(source.lastIndexOf("\n", start - 1) + 1, start);
    const opens =
      kept !== start &&
      ESCAPED_MARKS.includes(mark) &&
      /[\s([{"'*_~>]/.test(before) &&
      /\S/.test(behind);
    const ends =
      begun.has(OPENERS[mark] ?? mark) && (mark in OPENERS || !/[\p{L}\p{N}]/u.test(behind));
    const begins = /^[ \t>]*\d{0,9}$/.test(line) && "#>-+*.)".includes(mark) && /\s/.test(behind);
    if (opens) begun.add(mark);
    if (opens || ends || begins) found.add(start);
    else kept = end;
  }
  return found;
}

interface Lonely {
  readonly type: "alone";
  readonly start: number;
  readonly end: number;
}

/** The first marks of lines that hold nothing else, and that no list or quote goes on around. */
function lonely(source: string): readonly Lonely[] {
  const found: Lonely[] = [];
  const lines = source.split("\n");
  let at = 0;
  lines.forEach((line, n) => {
    const [, indent = "", mark] = LONE_MARKS.exec(line) ?? [];
    const goesOn = mark === ">" ? QUOTE_LINE : ITEM_LINE;
    const around = [lines[n - 1] ?? "", lines[n + 1] ?? ""];
    const start = at + indent.length;
    if (mark && !around.some((each) => goesOn.test(each))) {
      found.push({ type: "alone", start, end: start + mark.length });
    }
    at += line.length + 1;
  });
  return found;
}
