import type { ProfileChanges } from "realtime-chat-sdk";
import { chat } from "../chat.ts";

/** Changes one's own account; whoever shows it sees the answer at once. */
export async function changeMe(changes: ProfileChanges): Promise<void> {
  await chat.updateMe(changes);
}
