/** A text that may hold the name of an emoji, such as `:tada:`. */
const SHORTCODE = /:[\w+-]+:/;

type Replace = (text: string) => string;

let loaded: Replace | undefined;

/** Loads the names of all emoji, if the text may need them. */
export function expectNames(text: string): void {
  if (!loaded && SHORTCODE.test(text)) void load().catch(() => {});
}

/**
 * Calls back with what replaces names by emoji: at once, or when the names are loaded. If they cannot
 * be, the text is sent as it was written.
 */
export function whenNamed(text: string, then: (replace: Replace) => void): void {
  if (loaded) then(loaded);
  else if (SHORTCODE.test(text)) load().then(then, () => then(String));
  else then(String);
}

async function load(): Promise<Replace> {
  const [{ withEmoji: replacing }, { loadEmoji: list }] = await Promise.all([
    import("./shortcodes.ts"),
    import("../emoji/load-emoji.ts"),
  ]);
  loaded = replacing(await list());
  return loaded;
}
