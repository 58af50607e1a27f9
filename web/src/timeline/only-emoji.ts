const EMOJI = /^\s*(?:\p{RGI_Emoji}\s*){1,6}$/v;

/** Whether a text consists of a few emoji only, which are shown large. */
export function isOnlyEmoji(source: string): boolean {
  return source.length < 100 && EMOJI.test(source);
}
