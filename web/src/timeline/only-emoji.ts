const EMOJI = /^\s*(?:\p{RGI_Emoji}\s*){1,6}$/v;

/** Nothing but a few emoji, which are shown large. */
export function isOnlyEmoji(source: string): boolean {
  return source.length < 100 && EMOJI.test(source);
}
