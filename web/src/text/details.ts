import { details as en } from "./en/details.ts";
import { inLanguage, type Words } from "./index.ts";

/** They come with what shows them: nobody waits for them before. */
export const detailsText: Words<typeof en> = inLanguage({ en });
