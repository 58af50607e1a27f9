import { account as en } from "./en/account.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** They come with what shows them: nobody waits for them before. */
export const accountText: TextsLike<typeof en> = inLanguage({ en });
