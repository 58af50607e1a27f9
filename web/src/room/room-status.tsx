import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { AgoTime } from "../ui/moment.tsx";
import styles from "./room.module.css";

/** Below the room's name: the other person's presence, or the number of members and the topic. */
export function RoomStatus({ room }: { room: Room }) {
  if (room.peer) return room.peer.deleted ? null : <PeerStatus userId={room.peer.id} />;
  const members = plural(room.member_count, text.room.members);
  if (!room.topic) return members;
  return (
    <span className={styles.facts}>
      <span className="cut">
        {members}
        {text.room.and}
      </span>
      <bdi className="cut">{room.topic}</bdi>
    </span>
  );
}

function PeerStatus({ userId }: { userId: string }) {
  const { status, last_seen_at } = useValue(chat.presence(userId));
  if (status === "online") return <span className={styles.online}>{text.presence.online}</span>;
  if (status === "away") return text.presence.away;
  if (!last_seen_at) return text.presence.offline;
  return <AgoTime at={last_seen_at} words={text.room.lastSeen} />;
}
