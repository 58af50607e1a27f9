import { settings as en } from "./en/settings.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** They come with what shows them: nobody waits for them before. */
export const settingsText: TextsLike<typeof en> = inLanguage({ en });
