import type { Room, RoomMe } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";

/** The server requires an end of a mute: this one is far enough away to last for ever. */
export const FOREVER = "9999-01-01T00:00:00.000Z";

export async function setNotify(
  roomId: string,
  changes: { notify?: RoomMe["notify"]; muted_until?: string | null },
): Promise<void> {
  await attempt(() => chat.room(roomId).notify(changes));
}

/** Ends a mute, in whichever way the room was muted. */
export function unmute({ id, me }: Room): Promise<void> {
  return setNotify(id, { muted_until: null, ...(me?.notify === "none" && { notify: "all" }) });
}
