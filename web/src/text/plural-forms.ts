/** A text that has a count in it: one form for each kind of plural that the language tells apart. */
export type PluralForms = { readonly [form in Intl.LDMLPluralRule]?: string } & {
  readonly other: string;
};
