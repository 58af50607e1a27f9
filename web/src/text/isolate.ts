/**
 * Names of people, rooms and files may be written in either direction. Each is isolated, so that it
 * does not change the order of the words beside it: it stands between U+2068 and U+2069.
 */

/** Names from before the server refused these may contain them. */
const DIRECTION = /[\u2028-\u202e\u2066-\u2069]/g;

/** A name for use within a sentence. `Isolated` makes an element of it. */
export const isolate = (name: string): string => `\u2068${name.replace(DIRECTION, "")}\u2069`;

/** A sentence in parts, of which every second one is an isolated name. */
export const isolatedParts = (sentence: string): readonly string[] =>
  sentence.split(/[\u2068\u2069]/);
