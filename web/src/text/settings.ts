import { settings as en } from "./en/settings.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the settings that show these texts. */
export const settingsText: TextsLike<typeof en> = inLanguage({ en });
