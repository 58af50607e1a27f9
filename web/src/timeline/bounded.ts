import { Lexer, type Token, Tokenizer } from "marked";

/** Lists, quotes and emphasis within each other: screens have no room for more. */
const DEEPEST = 10;
/** So many on one line, which is not a rule of dashes. The library looks past them one by one, each
 * time through the rest of the line, before it opens the first. */
const MARKERS = new RegExp(
  `^[ \\t]*(?!([-*])(?:[ \\t]*\\1)*[ \\t]*$)(?:[ \\t]*(?:(?:[-*+]|\\d{1,9}[.)])(?=[ \\t])|>)){${DEEPEST}}`,
  "m",
);
/** Characters that are looked through, again and again where marks ask for it. A page of prose, or of
 * code, asks for a fifth of this. */
const MOST_WORK = 500_000;
/** What a step costs besides, in characters. */
const STEP = 128;
/** To weigh what opens and what closes an emphasis is dearer than to look. */
const EMPHASIS = 4;
/** At each of the spaces in a row, the library looks for the end of the row. */
const SPACES = / {64,}/g;
const SPACE = 1 / 8;

/** A text asks for more than its readers shall pay. */
class TooMuch extends Error {}

interface FoundToken {
  readonly raw: string;
}

/** Counts what the library does, which has no bounds of its own: the same text costs the same on
 * every machine. One for each text. */
export class BoundedTokenizer extends Tokenizer {
  private work = 0;

  /** What each block is asked first. */
  override space(source: string) {
    this.pay(STEP);
    return super.space(source);
  }

  override fences(source: string) {
    return this.paid(source, super.fences(source));
  }

  /** An empty item asks for nothing itself. */
  override list(source: string) {
    const found = super.list(source);
    this.pay(STEP * (found?.items.length ?? 0));
    return found;
  }

  override paragraph(source: string) {
    return this.paid(source, super.paragraph(source));
  }

  /** What each piece of a line is asked first. */
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

  /** What is found was looked through; where nothing is, all that is left. */
  private paid<T extends FoundToken>(
    source: string,
    found: T | undefined,
    times = 1,
  ): T | undefined {
    this.pay((found?.raw ?? source).length * times);
    return found;
  }
}

/** What it reads is of a bounded depth. Throws where a text is too deep, or too much work. */
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
    if (this.depth === DEEPEST) throw new TooMuch("depth");
    this.depth += 1;
    const done = work();
    this.depth -= 1;
    return done;
  }
}
