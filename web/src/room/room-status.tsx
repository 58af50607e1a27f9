import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { useUsers } from "../people/use-users.ts";
import { ago, plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { typingWords } from "../timeline/typing-line.tsx";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./room.module.css";

/**
 * Below the room's name: who is typing, or else the other person's presence or the number of
 * members.
 */
export function RoomStatus({ room }: { room: Room }) {
  const typing = useUsers(useValue(chat.room(room.id).typing));
  if (typing.length) {
    return (
      <span dir="auto">
        <Isolated>{typingWords(typing)}</Isolated>…
      </span>
    );
  }
  if (room.peer) return room.peer.deleted ? null : <PeerStatus userId={room.peer.id} />;
  const members = plural(room.member_count, text.room.members);
  return (
    <span dir="auto">
      {room.topic ? <Isolated>{`${members} · ${isolate(room.topic)}`}</Isolated> : members}
    </span>
  );
}

function PeerStatus({ userId }: { userId: string }) {
  const { status, last_seen_at } = useValue(chat.presence(userId));
  if (status === "online") return <span className={styles.online}>{text.presence.online}</span>;
  if (status === "away") return text.presence.away;
  return last_seen_at ? text.room.lastSeen(ago(last_seen_at)) : text.presence.offline;
}
