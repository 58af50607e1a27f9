import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { short } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { roomName } from "./summary.ts";

/** The title of the browser tab: the number of unread messages, and the open chat. */
export function Title({ roomId }: { roomId: string | null }) {
  const { total } = useValue(chat.unread);
  const unread = total ? `(${short(total)}) ` : "";
  return roomId ? <OfRoom id={roomId} unread={unread} /> : <title>{unread + text.app.name}</title>;
}

function OfRoom({ id, unread }: { id: string; unread: string }) {
  const room = useValue(chat.room(id).info);
  return <title>{`${unread}${room ? `${isolate(roomName(room))} · ` : ""}${text.app.name}`}</title>;
}
