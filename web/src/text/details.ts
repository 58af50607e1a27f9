import { details as en } from "./en/details.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** They come with what shows them: nobody waits for them before. */
export const detailsText: TextsLike<typeof en> = inLanguage({ en });
