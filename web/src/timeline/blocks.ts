/** The parts that a message's text consists of. */

export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] }
  /** A possible mention. Whether somebody has this name is decided where it is shown. */
  | {
      readonly type: "mention";
      readonly text: string;
      /** The names that may be meant, the longest last. The text begins with an @ and each of them. */
      readonly names: readonly string[];
    }
  /** The box of a task. */
  | { readonly type: "box"; readonly checked: boolean }
  | { readonly type: "break" };

export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string; readonly language: string }
  | { readonly type: "quote"; readonly children: readonly Block[] }
  | {
      readonly type: "list";
      readonly start: number | null;
      readonly items: readonly (readonly Block[])[];
    };

/** The parts inside a part. */
export function childrenOf(part: Block | Inline): readonly (Block | Inline)[] {
  if (part.type === "list") return part.items.flat();
  return "children" in part ? part.children : [];
}

/** The text as it was written, in one paragraph. */
export function asWritten(source: string): readonly Block[] {
  return [{ type: "paragraph", children: [{ type: "text", text: source }] }];
}

/** The paragraphs and lines of a text that has no marks. */
export function plainly(source: string): readonly Block[] {
  return source.split(/\n{2,}/).map((paragraph) => {
    const [first = "", ...more] = paragraph.split("\n");
    const lines = more.flatMap((line) => [{ type: "break" } as const, written(line)]);
    return { type: "paragraph", children: [written(first), ...lines] };
  });
}

function written(text: string): Inline {
  return { type: "text", text };
}

const MARKUP =
  /[*_~`[\]<>@＠﹫\\&|\r\t]|:\/\/|www\.|^[^\S\n]|[^\S\n]$|(?<![\s\S])\n|\n(?![\s\S])|\n[-=#]|^(?:[-+]|\d+[.)])(?:\s|$)/im;
/** A text of more lines needs the limits of the parser. */
const MOST_PLAIN_LINES = 200;

/** Whether a text may contain Markdown. Most texts do not, and need no parser. */
export function hasMarks(source: string): boolean {
  return MARKUP.test(source) || (source.match(/\n/g)?.length ?? 0) > MOST_PLAIN_LINES;
}
