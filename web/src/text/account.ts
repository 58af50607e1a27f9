import { account as en } from "./en/account.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the screens that show these texts. */
export const accountText: TextsLike<typeof en> = inLanguage({ en });
