import type { ReactNode } from "react";

/** A completion that the composer offers for the word at the caret. */
export interface Suggestion {
  readonly key: string;
  /** The text that replaces the word. */
  readonly insert: string;
  readonly start: ReactNode;
  readonly title: string;
  readonly hint: string;
}
