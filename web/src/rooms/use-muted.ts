import type { Room } from "realtime-chat-sdk";
import { useIsPast } from "../lib/times.ts";

/** Whether a room is muted now. A mute ends by itself. */
export function useMuted({ me }: Room): boolean {
  const over = useIsPast(me?.muted_until);
  return me?.notify === "none" || (me?.muted_until != null && !over);
}
