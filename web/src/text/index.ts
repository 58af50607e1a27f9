import { en } from "./en/index.ts";

/** All texts of a language: the shape of the English ones. */
export type Texts = TextsLike<typeof en>;

export type TextsLike<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...given: infer G) => string
      ? (...given: G) => string
      : TextsLike<T[K]>;
};

/**
 * To add a language, add a folder like `en/`, a line here, and a line in each file beside this one
 * that loads texts later.
 */
const languages: Readonly<Record<string, Texts>> & { readonly en: Texts } = { en };

const base = (tag: string): string => tag.split("-")[0] ?? tag;
const wanted =
  (globalThis.navigator?.languages ?? []).find((tag) => base(tag) in languages) ?? "en";

/**
 * The reader's language and country, for Intl and <html lang>: dates in en-GB differ from those in
 * en-US.
 */
export const locale = wanted;

/** All texts that are loaded at the start, by where they are shown. */
export const text: Texts = inLanguage(languages);

/** Chooses the reader's language if there is one, and English otherwise. */
export function inLanguage<T>(words: Readonly<Record<string, T>> & { readonly en: T }): T {
  return words[base(wanted)] ?? words.en;
}
