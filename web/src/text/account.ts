import { account as en } from "./en/account.ts";
import { inLanguage, type Words } from "./index.ts";

/** They come with what shows them: nobody waits for them before. */
export const accountText: Words<typeof en> = inLanguage({ en });
