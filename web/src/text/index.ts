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

/** The tag of the language that is shown, for Intl and <html lang>. */
export const language = "en";

/** Every text of the app, by where it is shown. */
export const text: Texts = en;
