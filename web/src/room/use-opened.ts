import { useEffect, useState } from "react";
import { ChatError, type RoomHandle } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";

/**
 * Keeps a room open. `opened`: the messages to be seen first are there, or could not be loaded.
 * `missing`: the server knows no such room of this user.
 */
export function useOpened(handle: RoomHandle): { opened: boolean; missing: boolean } {
  const [opened, setOpened] = useState(false);
  const [missing, setMissing] = useState(false);
  const connected = useValue(chat.connection).state === "online";
  useEffect(() => {
    handle
      .open()
      .catch((error: unknown) => setMissing(isFinal(error)))
      .finally(() => setOpened(true));
    return () => handle.close();
  }, [handle]);
  useEffect(() => {
    // Without a connection, nothing was known about the room.
    if (!connected || handle.info.get()) return;
    handle.open().catch((error: unknown) => setMissing(isFinal(error)));
  }, [handle, connected]);
  return { opened, missing };
}

function isFinal(error: unknown): boolean {
  return error instanceof ChatError && !error.temporary;
}
