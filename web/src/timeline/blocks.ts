/** The parts that a message's text consists of. */

export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] }
  /** A possible mention. Whether somebody has this name is decided where it is shown. */
  | { readonly type: "mention"; readonly name: string }
  | { readonly type: "break" };

export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
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

const MARKUP = /[*_~`[\]<>@\\&|\n\r\t]|:\/\/|www\.|^\s|\s$|^(?:[-+]|\d+[.)])(?:\s|$)/i;

/** Whether a text may contain Markdown. Most texts do not, and need no parser. */
export function hasMarks(source: string): boolean {
  return MARKUP.test(source);
}
