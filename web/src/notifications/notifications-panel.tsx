import AtSign from "lucide-react/icons/at-sign";
import Bell from "lucide-react/icons/bell";
import CheckCheck from "lucide-react/icons/check-check";
import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import MessageCircle from "lucide-react/icons/message-circle";
import Reply from "lucide-react/icons/reply";
import UserPlus from "lucide-react/icons/user-plus";
import { useCallback, useEffect, useState } from "react";
import type { Notification } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { Boundary } from "../layout/boundary.tsx";
import { PanelPane } from "../layout/pane.tsx";
import { attempt } from "../lib/attempt.ts";
import { beside, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { PersonAvatar } from "../rooms/room-avatar.tsx";
import { plain, roomName, userName } from "../rooms/summary.ts";
import { brief } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./notifications.module.css";

/** What asks for one's attention, latest first; the same on all devices. */
export function NotificationsPanel() {
  const items = useValue(chat.notifications.list);
  const hasMore = useValue(chat.notifications.hasMore);
  const [loading, setLoading] = useState(true);
  const load = useCallback(async () => {
    setLoading(true);
    await attempt(() => chat.notifications.loadMore());
    setLoading(false);
  }, []);
  useEffect(() => {
    // Where there is no connection yet, they come with it.
    chat.notifications
      .loadMore()
      .catch(() => undefined)
      .finally(() => setLoading(false));
  }, []);
  const readAll = (
    <IconButton
      label={text.notices.readAll}
      icon={<CheckCheck size={20} />}
      onClick={() => void attempt(() => chat.notifications.markRead("all"))}
    />
  );
  return (
    <PanelPane title={text.notices.title} actions={readAll}>
      {items.length === 0 && !hasMore && (
        <EmptyState icon={<Bell size={28} />} title={text.notices.none}>
          {text.notices.noneHint}
        </EmptyState>
      )}
      {items.length > 0 && (
        <ul className={styles.list} aria-busy={loading}>
          {items.map((one) => (
            <li key={one.id}>
              <Boundary about={one} instead={<p>{one.preview}</p>}>
                <NotificationRow notification={one} />
              </Boundary>
            </li>
          ))}
        </ul>
      )}
      {hasMore && !loading && items.length > 0 && (
        <div className={styles.more}>
          <Button onClick={() => void load()}>{text.notices.more}</Button>
        </div>
      )}
    </PanelPane>
  );
}

const ICONS = {
  mention: AtSign,
  direct_message: MessageCircle,
  reply: Reply,
  reaction: SmilePlus,
  added_to_room: UserPlus,
};

function NotificationRow({ notification }: { notification: Notification }) {
  const { id, kind, actor, preview, room_id, seq, created_at, read_at } = notification;
  const room = useValue(chat.room(room_id).info);
  const Icon = ICONS[kind] ?? Bell;
  const what = text.notices.kinds[kind] ?? text.notices.kinds.other;
  const read = () => {
    if (!read_at) void attempt(() => chat.notifications.markRead([id]));
  };
  return (
    <li>
      <Row
        href={beside(paths.room(room_id, seq ?? undefined))}
        onClick={read}
        className={read_at ? undefined : styles.unread}
        start={
          <span className={styles.who}>
            <PersonAvatar user={actor} size={40} />
            <Icon size={14} className={styles.kind} aria-hidden="true" />
          </span>
        }
        title={
          <span className={styles.title}>
            <bdi>{userName(actor)}</bdi> <span className={styles.what}>{what}</span>
          </span>
        }
        aside={<time dateTime={created_at}>{brief(created_at)}</time>}
        subtitle={<bdi>{preview === null ? room && roomName(room) : plain(preview)}</bdi>}
        mark={
          !read_at && <span role="img" className={styles.new} aria-label={text.notices.unread} />
        }
      />
    </li>
  );
}
