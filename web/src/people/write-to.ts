import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { focusComposer } from "../lib/focus-composer.ts";
import { navigate, paths } from "../lib/router.tsx";

/**
 * Opens the direct chat with a user, and creates it if there is none. Returns whether it is open.
 */
export async function writeTo(userId: string): Promise<boolean> {
  const made = await attempt(() => chat.directRoom(userId));
  if (made) {
    navigate(paths.room(made.answer.id));
    focusComposer();
  }
  return made !== undefined;
}
