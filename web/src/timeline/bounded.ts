import { Lexer, type Token, Tokenizer } from "marked";

/** How deep lists, quotes and emphasis may be nested: screens have no room for more. */
const DEEPEST_NESTING = 10;
/**
 * Matches this many list or quote markers on one line, unless the line is a horizontal rule. The
 * library looks past the markers one by one, each time through the rest of the line, before it
 * opens the first list.
 */
const MARKERS = new RegExp(
  `^[ \\t]*(?!([-*])(?:[ \\t]*\\1)*[ \\t]*$)(?:[ \\t]*(?:(?:[-*+]|\\d{1,9}[.)])(?=[ \\t])|>)){${DEEPEST_NESTING}}`,
  "m",
);
/**
 * The work that a text may cost, in characters looked through; marks can make the library look
 * through the same characters many times. A page of prose or code costs a fifth of this.
 */
const MOST_WORK = 500_000;
/** The fixed cost of a step, in characters. */
const STEP = 128;
/**
 * Matching the delimiters of an emphasis costs this many times as much as looking through its text.
 */
const EMPHASIS = 4;
/** At each space of a row of spaces, the library searches for the end of the row. */
const SPACES = / {64,}/g;
const SPACE = 1 / 8;

/** Thrown when a text would cost its readers too much. */
class TooMuch extends Error {}

interface FoundToken {
  readonly raw: string;
}

/**
 * Counts the work of the library, which has no limits of its own. The same text costs the same on
 * every machine. Make one for each text.
 */
export class BoundedTokenizer extends Tokenizer {
  private work = 0;

  /** The library calls this first for each block. */
  override space(source: string) {
    this.pay(STEP);
    return super.space(source);
  }

  override fences(source: string) {
    return this.paid(source, super.fences(source));
  }

  /** An empty item calls nothing else, so items are counted here. */
  override list(source: string) {
    const found = super.list(source);
    this.pay(STEP * (found?.items.length ?? 0));
    return found;
  }

  override paragraph(source: string) {
    return this.paid(source, super.paragraph(source));
  }

  /** The library calls this first for each piece of a line. */
  override escape(source: string) {
    this.pay(STEP);
    return super.escape(source);
  }

  override link(source: string) {
    return this.paid(/^!?\[/.test(source) ? source : "", super.link(source));
  }

  override codespan(source: string) {
    return this.paid(source.startsWith("`") ? source : "", super.codespan(source));
  }

  override emStrong(source: string, masked: string, before?: string) {
    const found = super.emStrong(source, masked, before);
    return this.paid(/^[*_]/.test(source) ? source : "", found, EMPHASIS);
  }

  override del(source: string, masked: string, before?: string) {
    const found = super.del(source, masked, before);
    return this.paid(source.startsWith("~") ? source : "", found, EMPHASIS);
  }

  pay(work: number): void {
    this.work += work;
    if (this.work > MOST_WORK) throw new TooMuch("work");
  }

  /**
   * If something was found, its length was looked through; otherwise all the rest of the text was.
   */
  private paid<T extends FoundToken>(
    source: string,
    found: T | undefined,
    times = 1,
  ): T | undefined {
    this.pay((found?.raw ?? source).length * times);
    return found;
  }
}

/** Limits how deep the text is nested. Throws if a text is too deep or costs too much work. */
export class BoundedLexer extends Lexer {
  private depth = 0;

  constructor(private readonly bounded: BoundedTokenizer) {
    super({ gfm: true, breaks: true, tokenizer: bounded });
  }

  override lex(source: string) {
    if (MARKERS.test(source)) throw new TooMuch("depth");
    for (const [row] of source.matchAll(SPACES)) this.bounded.pay(row.length ** 2 * SPACE);
    return super.lex(source);
  }

  override blockTokens<T extends Token[]>(source: string, tokens?: T, clipped?: boolean): T {
    return this.within(() => super.blockTokens(source, tokens, clipped) as T);
  }

  override inlineTokens(source: string, tokens?: Token[]): Token[] {
    return this.within(() => super.inlineTokens(source, tokens));
  }

  private within<T>(work: () => T): T {
    if (this.depth === DEEPEST_NESTING) throw new TooMuch("depth");
    this.depth += 1;
    const done = work();
    this.depth -= 1;
    return done;
  }
}
