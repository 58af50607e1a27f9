import { Fragment, type ReactNode, useEffect, useMemo } from "react";
import { cell, useValue } from "../lib/value.ts";
import { useUsers } from "../people/use-users.ts";
import { asWritten, type Block, hasMarks, type Inline } from "./blocks.ts";
import styles from "./markdown.module.css";
import { Mention, type Mentioned, mentionedBy } from "./mention.tsx";

/** A room shall not wait for it: a text stands as it was written for the moment that takes. */
const parser = cell<(source: string) => readonly Block[]>(asWritten);
const LATER = 2_000;

/** Where it does not come, the next text asks again. */
function load(): void {
  void import("./parse.ts").then(({ parseMarkdown: parse }) => parser.set(parse)).catch(() => {});
}

// Where no text has asked for it by then, it is there for the next one.
setTimeout(load, LATER);

interface MarkdownProps {
  text: string;
  /** Whom it mentions, by id. */
  mentions: readonly string[];
  /** Stands behind the last words, in their line where there is room. */
  tail?: ReactNode | undefined;
}

/** A message's text. It becomes elements one by one: nothing in it is ever read as HTML. */
export function Markdown({ text, mentions, tail }: MarkdownProps) {
  const marked = hasMarks(text);
  const parsed = useValue(parser);
  const parse = marked ? parsed : asWritten;
  const blocks = useMemo(() => parse(text), [parse, text]);
  const users = useUsers(mentions);
  const people = useMemo(() => mentionedBy(users), [users]);
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
    // biome-ignore lint/suspicious/noArrayIndexKey: a text's parts have no other name.
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
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys.
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
            // biome-ignore lint/suspicious/noArrayIndexKey: a text's parts have no other name.
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
    // biome-ignore lint/suspicious/noArrayIndexKey: a text's parts have no other name.
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
