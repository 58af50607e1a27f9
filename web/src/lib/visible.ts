const UNSEEN =
  /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800\u{1d159}\u{13441}\u{13442}]*$/u;

/** Whether a text has no character that anybody would see. The server refuses such messages. */
export const showsNothing = (text: string): boolean => UNSEEN.test(text);
