/**
 * Names of people, rooms and files may be written in either direction. Each is isolated, so that it
 * does not change the order of the words beside it.
 */

const FIRST_STRONG = "\u2068";
const POP = "\u2069";
/** Names from before the server refused these may contain them. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069\u2028\u2029\p{Cc}]/gu;

/** A name for use within a sentence. `Isolated` makes an element of it. */
export const isolate = (name: string): string => FIRST_STRONG + name.replace(DIRECTION, "") + POP;

/** A sentence in parts, of which every second one is an isolated name. */
export const isolatedParts = (sentence: string): readonly string[] =>
  sentence.split(new RegExp(`${FIRST_STRONG}([^${POP}]*)${POP}`, "u"));
