import { en } from "./en/index.ts";

/** What a language has to say: the shape of the English texts. */
export type Texts = Words<typeof en>;

type Words<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...given: infer G) => string
      ? (...given: G) => string
      : Words<T[K]>;
};

/** Another language is a folder like `en/`, and a line here. */
const languages: Readonly<Record<string, Texts>> = { en };

const base = (tag: string): string => tag.split("-")[0] ?? tag;
const wanted =
  (globalThis.navigator?.languages ?? []).find((tag) => base(tag) in languages) ?? "en";

/** The reader's language and country, for Intl and <html lang>: en-GB has other dates than en-US. */
export const locale = wanted;

/** Every text of the app, by where it is shown. */
export const text: Texts = languages[base(wanted)] ?? en;
