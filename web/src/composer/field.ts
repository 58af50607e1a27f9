/** Inserts text into a field as if the user had typed it, so that the browser can undo it. */
export function insertText(
  field: HTMLTextAreaElement,
  words: string,
  from?: number,
  to?: number,
): void {
  field.focus();
  if (from !== undefined) field.setSelectionRange(from, to ?? from);
  // Deprecated, but the only way that keeps the undo history.
  document.execCommand("insertText", false, words);
}

/** Puts marks around the selected text, or removes them. */
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

/** Makes a field as tall as its text. CSS sets the maximum. */
export function growToFit(field: HTMLTextAreaElement): void {
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}

/** The word before the caret that can be completed. */
export interface WordAtCaret {
  readonly kind: "@" | ":";
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Names stand behind no letter, except in scripts without spaces, and in no address: as the server
 * finds mentions.
 */
const NAME_AT_CARET =
  /(?:^|[^\p{L}\p{N}_@\\/=`]|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}])[@＠﹫]([\p{L}\p{M}\p{N}_.+-]*)$/u;
const SHORTCODE_AT_CARET = /(?:^|[\s(]):([\p{L}\p{N}_.+-]{2,})$/u;

export function wordAtCaret(value: string, caret: number): WordAtCaret | null {
  const before = value.slice(0, caret);
  const name = NAME_AT_CARET.exec(before)?.[1];
  const word = name ?? SHORTCODE_AT_CARET.exec(before)?.[1];
  if (word === undefined) return null;
  return { kind: name === undefined ? ":" : "@", word, from: caret - word.length - 1, to: caret };
}
