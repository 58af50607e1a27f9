import { invites as en } from "./en/invites.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the pages of invitations. */
export const invitesText: TextsLike<typeof en> = inLanguage({ en });
