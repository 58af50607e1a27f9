/** What a text is made of. */

export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] }
  /** Whether anybody has this name is for others to say. */
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

/** What a part is made of in its turn. */
export function childrenOf(part: Block | Inline): readonly (Block | Inline)[] {
  if (part.type === "list") return part.items.flat();
  return "children" in part ? part.children : [];
}

/** As it was written. */
export function asWritten(source: string): readonly Block[] {
  return [{ type: "paragraph", children: [{ type: "text", text: source }] }];
}

const MARKS = /[*_~`[\]<>@\\&|\n\r\t]|:\/\/|www\.|^\s|\s$|^(?:[-+]|\d+[.)])(?:\s|$)/i;

/** Whether a text may be more than it was written; most are not, and need nobody to look for it. */
export function hasMarks(source: string): boolean {
  return MARKS.test(source);
}
