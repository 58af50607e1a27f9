import type { Emoji } from "./names.ts";

/** No tone, and the five skin tones of Unicode from the lightest to the darkest. */
export const SKIN_TONES = [
  "",
  "\u{1f3fb}",
  "\u{1f3fc}",
  "\u{1f3fd}",
  "\u{1f3fe}",
  "\u{1f3ff}",
] as const;
export type Tone = (typeof SKIN_TONES)[number];

const [, LIGHT] = SKIN_TONES;
const TONE_KEY = "emoji-tone";

/** The tone that was chosen on this device. */
export function chosenTone(): Tone {
  const kept = localStorage.getItem(TONE_KEY);
  return SKIN_TONES.find((tone) => tone === kept) ?? "";
}

export function chooseTone(tone: Tone): void {
  try {
    localStorage.setItem(TONE_KEY, tone);
  } catch {
    // The browser has no storage, so the choice holds until the picker is closed.
  }
}

/** The emoji in a tone, if it shows skin. */
export const inTone = ({ emoji, light }: Pick<Emoji, "emoji" | "light">, tone: Tone): string =>
  light && tone ? light.replaceAll(LIGHT, tone) : emoji;
