import { en } from "./en/index.ts";

/** What a language has to say: the shape of the English texts. */
export type Texts = TextsLike<typeof en>;

export type TextsLike<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...given: infer G) => string
      ? (...given: G) => string
      : TextsLike<T[K]>;
};

/** Another language is a folder like `en/`, a line here, and one for each part that comes later. */
const languages: Readonly<Record<string, Texts>> & { readonly en: Texts } = { en };

const base = (tag: string): string => tag.split("-")[0] ?? tag;
const wanted =
  (globalThis.navigator?.languages ?? []).find((tag) => base(tag) in languages) ?? "en";

/** The reader's language and country, for Intl and <html lang>: en-GB has other dates than en-US. */
export const locale = wanted;

/** Every text that is there from the start, by where it is shown. */
export const text: Texts = inLanguage(languages);

/** The reader's own words of those that there are, else the English ones. */
export function inLanguage<T>(words: Readonly<Record<string, T>> & { readonly en: T }): T {
  return words[base(wanted)] ?? words.en;
}
