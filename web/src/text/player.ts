import { player as en } from "./en/player.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded together with the players that show these texts. */
export const playerText: TextsLike<typeof en> = inLanguage({ en });
