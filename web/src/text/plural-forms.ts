/**
 * A text with a count in it, in one form for each kind of plural that the language distinguishes.
 */
export type PluralForms = { readonly [form in Intl.LDMLPluralRule]?: string } & {
  readonly other: string;
};
