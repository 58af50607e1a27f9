import { settings as en } from "./en/settings.ts";
import { inLanguage, type Words } from "./index.ts";

/** They come with what shows them: nobody waits for them before. */
export const settingsText: Words<typeof en> = inLanguage({ en });
