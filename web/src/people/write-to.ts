import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { navigate, paths } from "../lib/router.tsx";

/** Opens the direct room with somebody, which is made where there is none. */
export async function writeTo(userId: string): Promise<boolean> {
  const made = await attempt(() => chat.directRoom(userId));
  if (made) navigate(paths.room(made.answer.id));
  return made !== undefined;
}
