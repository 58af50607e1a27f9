import AtSign from "lucide-react/icons/at-sign";
import Bell from "lucide-react/icons/bell";
import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import Mail from "lucide-react/icons/mail";
import MessageCircle from "lucide-react/icons/message-circle";
import Reply from "lucide-react/icons/reply";
import UserPlus from "lucide-react/icons/user-plus";
import { useState } from "react";
import type { Notification, Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { beside, navigate, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { roomName } from "../rooms/summary.ts";
import { withoutMarkdown } from "../rooms/without-markdown.ts";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { BriefTime } from "../ui/moment.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./notifications.module.css";

/** The server may add kinds that are not listed here. */
const ICONS: Readonly<Record<string, typeof Bell>> = {
  mention: AtSign,
  direct_message: MessageCircle,
  reply: Reply,
  reaction: SmilePlus,
  added_to_room: UserPlus,
  invitation: Mail,
};
/** These are about a room; the others are about what somebody wrote or did. */
const ABOUT_ROOMS: readonly string[] = ["added_to_room", "invitation"];
const KINDS: Readonly<Record<string, string>> = text.notices.kinds;

/** What happened, as a link to it. */
export function NotificationRow({ notification }: { notification: Notification }) {
  const { kind, actor, preview, room_id, seq, created_at, read_at } = notification;
  const room = useValue(chat.room(room_id).info);
  const Icon = ICONS[kind] ?? Bell;
  const invited = kind === "invitation" && !room;
  return (
    <Row
      href={invited ? undefined : beside(paths.room(room_id, seq ?? undefined))}
      onClick={invited ? undefined : () => markRead(notification)}
      className={read_at ? undefined : styles.unread}
      start={
        <span className={styles.who}>
          {ABOUT_ROOMS.includes(kind) ? (
            <PictureOfRoom notification={notification} room={room} size={40} />
          ) : (
            <PersonAvatar user={actor} size={40} />
          )}
          <Icon size={14} className={styles.kind} aria-hidden="true" />
        </span>
      }
      title={
        <span className={styles.title}>
          <bdi>{userName(actor)}</bdi> <What notification={notification} />
        </span>
      }
      aside={<BriefTime at={created_at} />}
      subtitle={
        kind !== "invitation" && (
          <span className={styles.where}>
            {room?.kind === "group" && !ABOUT_ROOMS.includes(kind) && (
              <span role="img" aria-label={roomName(room)} title={roomName(room)}>
                <RoomAvatar room={room} size={20} />
              </span>
            )}
            <bdi className="cut">
              {preview === null ? room && roomName(room) : withoutMarkdown(preview)}
            </bdi>
          </span>
        )
      }
      mark={!read_at && <span role="img" className={styles.new} aria-label={text.notices.unread} />}
      end={invited && <Join notification={notification} />}
    />
  );
}

interface PictureOfRoomProps {
  notification: Notification;
  /** Null if the user is not in it. */
  room: Room | null;
  size: 40;
}

/** The picture of the room; of one that the user is not in, only its name is known. */
function PictureOfRoom({ notification, room, size }: PictureOfRoomProps) {
  const { room_id, preview } = notification;
  if (room) return <RoomAvatar room={room} size={size} />;
  return <Avatar square id={room_id} name={preview ?? ""} url={null} size={size} />;
}

function What({ notification: { kind, preview } }: { notification: Notification }) {
  const words = text.notices.kinds;
  const group = kind === "invitation" && preview;
  return (
    <span className={styles.what}>
      {group ? words.invitationTo : (KINDS[kind] ?? words.other)} {group && <bdi>{group}</bdi>}
    </span>
  );
}

/** Accepts an invitation. */
function Join({ notification }: { notification: Notification }) {
  const [busy, setBusy] = useState(false);
  const { room_id, preview } = notification;
  const words = text.notices;
  async function join() {
    setBusy(true);
    const joined = await attempt(() => chat.joinRoom(room_id));
    setBusy(false);
    if (!joined) return;
    markRead(notification);
    navigate(beside(paths.room(room_id)));
  }
  return (
    <Button
      size="s"
      variant="primary"
      busy={busy}
      aria-label={preview ? words.joinRoom(preview) : words.join}
      onClick={() => void join()}
    >
      {words.join}
    </Button>
  );
}

function markRead({ id, read_at }: Notification): void {
  if (!read_at) void attempt(() => chat.notifications.markRead([id]));
}
