import { emoji as en } from "./en/emoji.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the picker of emoji. */
export const emojiText: TextsLike<typeof en> = inLanguage({ en });
