import ChevronDown from "lucide-react/icons/chevron-down";
import ChevronUp from "lucide-react/icons/chevron-up";
import Copy from "lucide-react/icons/copy";
import { useEffect, useMemo, useState } from "react";
import { cell, useValue } from "../lib/value.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import styles from "./code-block.module.css";
import { copy } from "./copy.ts";
import type { CodePiece } from "./highlight.ts";

/** A block of more lines is folded, and shows this many. */
const FOLDED_LINES = 25;

type Highlight = (code: string, language: string) => readonly CodePiece[] | null;

/** Loaded when the first block names a language. Until then, and if that fails, code has one colour. */
const highlighter = cell<Highlight | null>(null);

function load(): void {
  import("./highlight.ts").then(({ highlight }) => highlighter.set(highlight)).catch(() => {});
}

interface CodeBlockProps {
  code: string;
  /** As it was written after the fence, or "". */
  language: string;
}

/** Code, with its language, a button that copies it, and a fold if it is long. */
export function CodeBlock({ code, language }: CodeBlockProps) {
  const words = text.room.code;
  const [whole, setWhole] = useState(false);
  const highlight = useValue(highlighter);
  const lines = useMemo(() => code.split("\n"), [code]);
  const long = lines.length > FOLDED_LINES;
  const shown = long && !whole ? lines.slice(0, FOLDED_LINES).join("\n") : code;
  const pieces = useMemo(
    () => (language ? highlight?.(shown, language) : null),
    [highlight, shown, language],
  );
  useEffect(() => {
    if (language && !highlight) load();
  }, [language, highlight]);
  return (
    <figure className={styles.block} aria-label={words.block(language)}>
      <figcaption className={styles.head}>
        <span className={styles.language}>{language}</span>
        <IconButton
          label={words.copy}
          icon={<Copy size={16} />}
          size="s"
          tip="start"
          onClick={() => copy(code)}
        />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys must be able to reach what scrolls. */}
      <pre tabIndex={0} dir="ltr">
        <code>{pieces ? pieces.map(coloured) : shown}</code>
      </pre>
      {long && (
        <Button
          variant="quiet"
          size="s"
          wide
          aria-expanded={whole}
          icon={whole ? <ChevronUp size={16} /> : <ChevronDown size={16} />}
          onClick={() => setWhole(!whole)}
        >
          {whole ? words.less : plural(lines.length, words.all)}
        </Button>
      )}
    </figure>
  );
}

function coloured({ kind, text }: CodePiece, n: number) {
  if (!kind) return text;
  return (
    <span key={n} className={styles[kind]}>
      {text}
    </span>
  );
}
