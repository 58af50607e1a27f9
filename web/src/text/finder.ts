import { finder as en } from "./en/finder.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the finder that shows these texts. */
export const finderText: TextsLike<typeof en> = inLanguage({ en });
