import { details as en } from "./en/details.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the panel that shows these texts. */
export const detailsText: TextsLike<typeof en> = inLanguage({ en });
