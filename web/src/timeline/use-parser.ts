import { type ComponentType, useEffect, useMemo, useRef } from "react";
import type { Timeline } from "realtime-chat-sdk";
import { cell, useValue } from "../lib/value.ts";
import { asWritten, type Block, hasMarks } from "./blocks.ts";

interface Parser {
  readonly parse: (source: string) => readonly Block[];
  /** Draws code. Nothing else needs it, so it comes along. */
  readonly CodeBlock: ComponentType<{ code: string; language: string }> | null;
}

const NO_PARSER: Parser = { parse: asWritten, CodeBlock: null };

/**
 * The Markdown parser, which is loaded when the first text needs it. Null until then; texts are shown
 * as they were written while it cannot be loaded.
 */
const parser = cell<Parser | null>(null);
/** Milliseconds that a timeline waits for the parser. */
const PARSER_PATIENCE = 3_000;
const NO_MESSAGES: Timeline["messages"] & Timeline["outgoing"] = [];

let loading = false;

/** Loads the parser. If that fails, the next text tries again. */
export function loadParser(): void {
  if (loading || (parser.get() !== null && parser.get() !== NO_PARSER)) return;
  loading = true;
  const givenUp = setTimeout(giveUp, PARSER_PATIENCE);
  Promise.all([import("./parse.ts"), import("./code-block.tsx")])
    .then(([{ parseMarkdown: parse }, { CodeBlock }]) => parser.set({ parse, CodeBlock }), giveUp)
    .finally(() => {
      clearTimeout(givenUp);
      loading = false;
    });
}

function giveUp(): void {
  if (parser.get() === null) parser.set(NO_PARSER);
}

/** The parser, once it is there. It is asked for only if it is `needed`. */
export function useParser(needed: boolean): Parser {
  const held = useValue(parser) ?? NO_PARSER;
  useEffect(() => {
    if (needed && held === NO_PARSER) loadParser();
  }, [needed, held]);
  return held;
}

/** The component that draws code. A text that has code was parsed, so it is there. */
export function useCodeBlock(): Parser["CodeBlock"] {
  return useValue(parser)?.CodeBlock ?? null;
}

/**
 * The timeline as it can be drawn. While the first text that has marks waits for the parser, it is as
 * it was before: so no text is drawn twice, and nothing moves when the parser has come.
 */
export function useReadable(timeline: Timeline): Timeline {
  const missing = useValue(parser) === null;
  const { messages, outgoing } = timeline;
  const waits = useMemo(
    () => missing && [...messages, ...outgoing].some(({ text }) => hasMarks(text)),
    [missing, messages, outgoing],
  );
  const nothing = useMemo(
    () => ({
      ...timeline,
      messages: NO_MESSAGES,
      outgoing: NO_MESSAGES,
      loading: "first" as const,
    }),
    [timeline],
  );
  const drawn = useRef<Timeline>(null);
  useEffect(() => {
    if (waits) loadParser();
  }, [waits]);
  if (waits) return drawn.current ?? nothing;
  drawn.current = timeline;
  return timeline;
}
