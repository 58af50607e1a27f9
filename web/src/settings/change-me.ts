import type { ProfileChanges } from "realtime-chat-sdk";
import { chat } from "../chat.ts";

/** Changes the user's own account. Everything that shows it is updated at once. */
export async function changeMe(changes: ProfileChanges): Promise<void> {
  await chat.updateMe(changes);
}
