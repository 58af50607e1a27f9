import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { useUsers } from "../people/use-users.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { typingWords } from "../timeline/typing-line.tsx";
import { AgoTime } from "../ui/moment.tsx";
import styles from "./room.module.css";

/**
 * Below the room's name: who is typing, or else the other person's presence or the number of
 * members.
 */
export function RoomStatus({ room }: { room: Room }) {
  const typing = useUsers(useValue(chat.room(room.id).typing));
  if (typing.length) return <span dir="auto">{typingWords(typing)}…</span>;
  if (room.peer) return room.peer.deleted ? null : <PeerStatus userId={room.peer.id} />;
  const members = plural(room.member_count, text.room.members);
  return <span dir="auto">{room.topic ? `${members} · ${room.topic}` : members}</span>;
}

function PeerStatus({ userId }: { userId: string }) {
  const { status, last_seen_at } = useValue(chat.presence(userId));
  if (status === "online") return <span className={styles.online}>{text.presence.online}</span>;
  if (status === "away") return text.presence.away;
  if (!last_seen_at) return text.presence.offline;
  return <AgoTime at={last_seen_at} words={text.room.lastSeen} />;
}
