import { type CSSProperties, Fragment, type ReactNode, useMemo } from "react";
import type { Message } from "realtime-chat-sdk";
import { useUsers } from "../people/use-users.ts";
import { text } from "../text/index.ts";
import { type Block, hasMarks, type Inline, plainly } from "./blocks.ts";
import styles from "./markdown.module.css";
import { Mention, type Mentioned, mentionedBy } from "./mention.tsx";
import { useCodeBlock, useParser } from "./use-parser.ts";

const UNSENT = { mentions: [], mention_names: {} } as const;

interface MarkdownProps {
  text: string;
  /** The message that has this text; null if it is not sent yet. */
  message: Pick<Message, "mentions" | "mention_names"> | null;
  /** Placed after the last words, on the same line if there is room. */
  tail?: ReactNode | undefined;
}

/** A message's text. It is rendered element by element, so nothing in it is ever read as HTML. */
export function Markdown({ text: source, message, tail }: MarkdownProps) {
  const marked = hasMarks(source);
  const { parse } = useParser(marked);
  const blocks = useMemo(() => (marked ? parse(source) : plainly(source)), [marked, parse, source]);
  // A message that was cached by an earlier version does not have the names.
  const { mentions, mention_names: names = UNSENT.mention_names } = message ?? UNSENT;
  const users = useUsers(mentions);
  const people = useMemo(() => mentionedBy(users, names), [users, names]);
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
      return <Code code={block.text} language={block.language} />;
    case "quote":
      return (
        <blockquote>
          <Blocks blocks={block.children} people={people} />
        </blockquote>
      );
    case "list": {
      const { start, items } = block;
      const drawnItems = items.map((item, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other key.
        <li key={n}>
          <Blocks blocks={item} people={people} />
        </li>
      ));
      if (start === null) return <ul>{drawnItems}</ul>;
      // The numbers stand before the items. They have the width that the longest of them needs.
      const digits = `${start + items.length - 1}`.length;
      return (
        <ol start={start} style={{ "--digits": digits } as CSSProperties}>
          {drawnItems}
        </ol>
      );
    }
  }
}

function Code(props: { code: string; language: string }) {
  const CodeBlock = useCodeBlock();
  return CodeBlock && <CodeBlock {...props} />;
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
    case "box": {
      const { done, open } = text.room.task;
      return (
        <span role="img" aria-label={part.checked ? done : open} className={styles.box}>
          {part.checked ? "☑" : "☐"}{" "}
        </span>
      );
    }
    case "mention":
      return <Mention written={part.text} names={part.names} people={people} />;
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
