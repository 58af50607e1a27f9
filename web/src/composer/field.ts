/** Puts a text into a field as if it were typed: the browser's undo knows of it. */
export function insertText(
  field: HTMLTextAreaElement,
  words: string,
  from?: number,
  to?: number,
): void {
  field.focus();
  if (from !== undefined) field.setSelectionRange(from, to ?? from);
  // Old, and the only one that keeps what can be undone.
  document.execCommand("insertText", false, words);
}

/** Puts marks around what is selected, or takes them away. */
export function toggleMark(field: HTMLTextAreaElement, mark: string): void {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const size = mark.length;
  const around = value.slice(from - size, from) === mark && value.slice(to, to + size) === mark;
  const chosen = value.slice(from, to);
  if (around) {
    insertText(field, chosen, from - size, to + size);
    field.setSelectionRange(from - size, to - size);
  } else {
    insertText(field, `${mark}${chosen}${mark}`, from, to);
    field.setSelectionRange(from + size, to + size);
  }
}

/** As tall as what is in it; CSS sets the most. */
export function growToFit(field: HTMLTextAreaElement): void {
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}

/** What is being written where the caret is, if it may be completed. */
export interface WordAtCaret {
  readonly kind: "@" | ":";
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

export function wordAtCaret(value: string, caret: number): WordAtCaret | null {
  const found = /(?:^|[\s(])([@:])([\p{L}\p{N}_.+-]*)$/u.exec(value.slice(0, caret));
  const [, kind = "", word = ""] = found ?? [];
  if (kind === "@" || (kind === ":" && word.length > 1)) {
    return { kind, word, from: caret - word.length - 1, to: caret };
  }
  return null;
}
