import { Fragment, type ReactNode, useEffect, useMemo } from "react";
import type { Message } from "realtime-chat-sdk";
import { cell, useValue } from "../lib/value.ts";
import { useUsers } from "../people/use-users.ts";
import { asWritten, type Block, hasMarks, type Inline } from "./blocks.ts";
import styles from "./markdown.module.css";
import { Mention, type Mentioned, mentionedBy } from "./mention.tsx";

/**
 * The parser is loaded later, so that opening a room does not wait for it. Until then, texts are
 * shown as they were written.
 */
const parser = cell<(source: string) => readonly Block[]>(asWritten);
const PARSE_LATER = 2_000;

/** If loading fails, the next text tries again. */
function load(): void {
  void import("./parse.ts").then(({ parseMarkdown: parse }) => parser.set(parse)).catch(() => {});
}

// If no text has needed the parser by now, it is loaded for the next one.
setTimeout(load, PARSE_LATER);

const UNSENT = { mentions: [], mention_names: {} } as const;

interface MarkdownProps {
  text: string;
  /** The message that has this text; null if it is not sent yet. */
  message: Pick<Message, "mentions" | "mention_names"> | null;
  /** Placed after the last words, on the same line if there is room. */
  tail?: ReactNode | undefined;
}

/** A message's text. It is rendered element by element, so nothing in it is ever read as HTML. */
export function Markdown({ text, message, tail }: MarkdownProps) {
  const marked = hasMarks(text);
  const parsed = useValue(parser);
  const parse = marked ? parsed : asWritten;
  const blocks = useMemo(() => parse(text), [parse, text]);
  // A message that was cached by an earlier version does not have the names.
  const { mentions, mention_names: names = UNSENT.mention_names } = message ?? UNSENT;
  const users = useUsers(mentions);
  const people = useMemo(() => mentionedBy(users, names), [users, names]);
  useEffect(() => {
    if (marked && parsed === asWritten) load();
  }, [marked, parsed]);
  const last = blocks.at(-1);
  const inside = last?.type === "paragraph";
  return (
    <div className={styles.text} dir="auto">
      <Blocks blocks={blocks} people={people} tail={inside ? tail : null} />
      {!inside && tail}
    </div>
  );
}

interface BlocksProps {
  blocks: readonly Block[];
  people: Mentioned;
  tail?: ReactNode;
}

function Blocks({ blocks, people, tail }: BlocksProps): ReactNode {
  return blocks.map((block, n) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other key.
    <Fragment key={n}>{drawn(block, people, n === blocks.length - 1 ? tail : null)}</Fragment>
  ));
}

function drawn(block: Block, people: Mentioned, tail: ReactNode): ReactNode {
  switch (block.type) {
    case "paragraph":
      return (
        <p>
          <Inlines parts={block.children} people={people} />
          {tail}
        </p>
      );
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys must be able to reach what scrolls.
        <pre tabIndex={0} dir="ltr">
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return (
        <blockquote>
          <Blocks blocks={block.children} people={people} />
        </blockquote>
      );
    case "list": {
      const List = block.start === null ? "ul" : "ol";
      return (
        <List start={block.start ?? undefined}>
          {block.items.map((item, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other key.
            <li key={n}>
              <Blocks blocks={item} people={people} />
            </li>
          ))}
        </List>
      );
    }
  }
}

interface InlinesProps {
  parts: readonly Inline[];
  people: Mentioned;
}

function Inlines({ parts, people }: InlinesProps): ReactNode {
  return parts.map((part, n) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other key.
    <Fragment key={n}>{written(part, people)}</Fragment>
  ));
}

function written(part: Inline, people: Mentioned): ReactNode {
  switch (part.type) {
    case "text":
      return part.text;
    case "break":
      return <br />;
    case "code":
      return <code>{part.text}</code>;
    case "mention":
      return <Mention name={part.name} people={people} />;
    case "link":
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer">
          <Inlines parts={part.children} people={people} />
        </a>
      );
    default: {
      const Mark = part.type;
      return (
        <Mark>
          <Inlines parts={part.children} people={people} />
        </Mark>
      );
    }
  }
}
