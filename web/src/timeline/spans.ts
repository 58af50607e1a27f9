/**
 * Finds what a text holds that is read as it is written, or means something in chats: code, links,
 * addresses, mentions and backslashes. Whom a text mentions is decided by the server
 * (`server/messages/grammar.py`); this is the same grammar, and both are compared with the table in
 * `server/messages/mentions.json`.
 */

export type Span =
  | { readonly type: "code" | "link" | "address" | "backslash"; start: number; end: number }
  | MentionSpan;

export interface MentionSpan {
  readonly type: "mention";
  readonly start: number;
  readonly end: number;
  /** The names that may be meant, the longest last, as they were written. */
  readonly names: readonly string[];
}

/** The longest username. */
const LONGEST_NAME = 32;
const AT_SIGNS = "@\uff20\ufe6b";
/** A username may hold several signs in a row. Whoever writes "@bob--" means bob, though. */
const NAME_PATTERNS = [
  /[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*/y,
  /[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?/y,
];
/** What makes a name part of something else: a package, or an address on another server. */
const FOREIGN_NAME = /\/[A-Za-z0-9_]|[@\uff20\ufe6b][A-Za-z0-9-]{1,63}\.[A-Za-z]/y;

const SPAN_START =
  /\\[!-/:-@[-`{-~]?|`+|\[|_+|[@\uff20\ufe6b]|(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/|[Ww]{3}\.)(?=[^\s<])/g;
/** A label may hold brackets once, and code; a destination may hold parentheses once. */
const LINK_SPAN =
  /\[(?:\[(?:\\.|[^[\]\\])*\]|\\.|`[^`]*`|[^[\]\\`])*\]\([ \t\n]*(?:<[^<>\n]*>|[^\s()<\\](?:\\.|[^\s()\\]|\([^\s()]*\))*)?(?:[ \t\n]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t\n]*\)/y;
/** An address ends at a space, and at the punctuation of languages that write without spaces. */
const ADDRESS_SPAN =
  /[^\s<>`"\u00ab\u00bb\u201c-\u201e\u3001\u3002\u3008-\u3011\u3014-\u301f\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff5f-\uff65]*/y;
const AFTER_ADDRESS = "?!.,:;*'~&\u2026\u2019";
const BRACKET_PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The marks of quotes and lists before a fence, and the fence. */
const FENCE_START =
  /^([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t][ \t>]*)*)(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})/;
/** A blank line, or the begin of an item. */
const PARAGRAPH_END = /^[ \t>]*(?:\n|$|(?:[-*+]|\d{1,9}[.)])(?:[ \t\n]|$))/;

/**
 * A letter or digit, or a mark on one, of a script with spaces. In others a letter beside a mention
 * is no part of it: Thai, Lao, Tibetan, Burmese, Hangul, Khmer, all from the radicals of Chinese to
 * the syllables of Yi.
 */
const SPACED_LETTER =
  /[[\p{L}\p{N}\p{Mn}\p{Mc}]--[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\u{1b000}-\u{1b16f}\u{20000}-\u{3ffff}\ufe00-\ufe0f\u{e0100}-\u{e01ef}]]/v;
const WORD_LETTER = /[\p{L}\p{N}]/u;

/** All spans of a text, in order. Lines must end with "\n". */
export function findSpans(source: string): readonly Span[] {
  const found: Span[] = [];
  let fence: { readonly prefix: string; readonly marks: string } | null = null;
  let start = 0;
  let at = 0;
  const inlines = (end: number) => found.push(...spansWithin(source.slice(start, end), start));
  for (const line of source.match(/[^\n]*\n|[^\n]+/g) ?? []) {
    const end = at + line.length;
    if (fence && leaves(line, fence.prefix)) {
      fence = null;
      start = at;
    }
    if (fence) {
      found.push({ type: "code", start: at, end });
      if (closes(line, fence.marks)) fence = null;
      start = end;
    } else {
      fence = openedFence(line);
      if (fence || PARAGRAPH_END.test(line)) {
        inlines(at);
        start = at;
      }
      if (fence) found.push({ type: "code", start: at, end });
    }
    at = end;
  }
  if (!fence) inlines(source.length);
  return found;
}

function openedFence(line: string) {
  const [, prefix = "", marks] = FENCE_START.exec(line) ?? [];
  if (!marks) return null;
  const before = prefix.replace(/[ \t]+$/, "");
  return prefix.length - before.length <= (before ? 4 : 3) ? { prefix, marks } : null;
}

function closes(line: string, marks: string): boolean {
  const rest = line.replace(/^[ \t>]+/, "").trimEnd();
  return rest.length >= marks.length && rest === marks.charAt(0).repeat(rest.length);
}

/** Whether a line is outside the quote or the item in which the fence stands. */
function leaves(line: string, prefix: string): boolean {
  const given = /^[ \t>]*/.exec(line)?.[0] ?? "";
  if (count(given, ">") < count(prefix, ">")) return true;
  const marks = prefix.replace(/[ \t]+$/, "");
  return /[^ \t>]/.test(marks) && line.trim() !== "" && given.length <= marks.length;
}

/** The spans of one paragraph, which begins at `offset`. */
function spansWithin(source: string, offset: number): readonly Span[] {
  const found: Span[] = [];
  const add = (span: Span) =>
    found.push({ ...span, start: span.start + offset, end: span.end + offset });
  const endOfCode = closersOf(source);
  // How many underscores are open: they end an emphasis, and no name.
  let open = 0;
  // Where the last mention has ended.
  let after = 0;
  SPAN_START.lastIndex = 0;
  for (let token = SPAN_START.exec(source); token; token = SPAN_START.exec(source)) {
    const { index: start, 0: mark } = token;
    const first = mark.charAt(0);
    let end = start + mark.length;
    if (first === "`") {
      const closed = endOfCode(start, mark.length);
      if (closed) add({ type: "code", start, end: closed });
      end = closed ?? end;
    } else if (first === "[") {
      const link = matchAt(LINK_SPAN, source, start);
      if (link) add({ type: "link", start, end: start + link.length });
      end = link ? start + link.length : end;
    } else if (first === "_") {
      open = Math.max(0, open + mark.length * flank(source, start, end));
    } else if (first === "\\") {
      add({ type: "backslash", start, end });
    } else if (AT_SIGNS.includes(first)) {
      const names = mayBegin(source, start, after) ? namesAt(source, start + 1, open) : [];
      const longest = names.at(-1);
      if (longest !== undefined) {
        end = after = start + 1 + longest.length;
        add({ type: "mention", start, end, names });
      }
    } else {
      end = endOfAddress(source, start);
      add({ type: "address", start, end });
    }
    SPAN_START.lastIndex = end;
  }
  return found;
}

/** Finds the end of code: the next row of as many backticks. To be asked from left to right. */
function closersOf(source: string): (start: number, length: number) => number | undefined {
  let ends: Map<number, number[]> | undefined;
  return (start, length) => {
    if (!ends) {
      ends = new Map();
      for (const { index, 0: row } of [...source.matchAll(/`+/g)].reverse()) {
        const end = index + row.length;
        const those = ends.get(row.length);
        if (those) those.push(end);
        else ends.set(row.length, [end]);
      }
    }
    const those = ends.get(length) ?? [];
    while ((those.at(-1) ?? Infinity) <= start + length) those.pop();
    return those.at(-1);
  };
}

/** 1 if underscores may begin an emphasis, -1 if they may end one, and 0 if neither. */
function flank(source: string, start: number, end: number): number {
  const [before, behind] = [letterBefore(source, start), letterAt(source, end)];
  if (WORD_LETTER.test(before) && WORD_LETTER.test(behind)) return 0;
  if (behind.trim() && !WORD_LETTER.test(before)) return 1;
  return before.trim() ? -1 : 0;
}

/** The names at `start` that may be meant, the longest last. None if they are part of something. */
function namesAt(source: string, start: number, open: number): readonly string[] {
  const found = NAME_PATTERNS.map((kind) => {
    const name = matchAt(kind, source, start) ?? "";
    const word = name.replace(/_+$/, "");
    const least = word ? Math.max(word.length, name.length - open) : name.length;
    return least < name.length || mayEnd(source, start + least) ? name.slice(0, least) : "";
  });
  return [...new Set(found)].filter((name) => name !== "" && name.length <= LONGEST_NAME);
}

/**
 * Whether a mention may stand behind what is before the @ at `start`. `after` is where the mention
 * before it has ended.
 */
function mayBegin(source: string, start: number, after: number): boolean {
  let at = start;
  while (source[at - 1] === "_") at--;
  const before = letterBefore(source, at);
  if (!before || (before === "/" && after > 0 && after === start - 1)) return true;
  return !`\\/=${AT_SIGNS}`.includes(before) && !SPACED_LETTER.test(before);
}

function mayEnd(source: string, end: number): boolean {
  return (
    matchAt(FOREIGN_NAME, source, end) === undefined && !SPACED_LETTER.test(letterAt(source, end))
  );
}

/** The end of the address that begins at `start`. */
export function endOfAddress(source: string, start: number): number {
  const address = matchAt(ADDRESS_SPAN, source, start) ?? "";
  const spare = new Map(
    Object.entries(BRACKET_PAIRS).map(([close, open]) => [
      close,
      count(address, close) - count(address, open),
    ]),
  );
  let end = address.length;
  for (; end > 1; end--) {
    const last = address.charAt(end - 1);
    const closing = spare.get(last) ?? 0;
    if (closing > 0) spare.set(last, closing - 1);
    else if (!AFTER_ADDRESS.includes(last)) break;
  }
  return start + end;
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function count(source: string, letter: string): number {
  return source.split(letter).length - 1;
}

/** The code point at a place, or "". */
function letterAt(source: string, at: number): string {
  const code = source.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

/** The code point before a place, or "". */
function letterBefore(source: string, at: number): string {
  const pair = letterAt(source, at - 2);
  return pair.length === 2 ? pair : source.charAt(at - 1);
}
