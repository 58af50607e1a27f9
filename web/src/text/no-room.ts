import { noRoom as en } from "./en/no-room.ts";
import { inLanguage, type TextsLike } from "./index.ts";

/** Loaded when a room cannot be shown. */
export const noRoomText: TextsLike<typeof en> = inLanguage({ en });
