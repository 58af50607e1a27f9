import { useState } from "react";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";

/** Whether there is no connection: from the first attempt that fails until one succeeds. */
export function useOffline(): boolean {
  const { state } = useValue(chat.connection);
  const [offline, setOffline] = useState(state === "waiting");
  const now = state === "connecting" ? offline : state === "waiting";
  if (now !== offline) setOffline(now);
  return now;
}
