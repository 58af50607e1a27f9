import Bell from "lucide-react/icons/bell";
import CheckCheck from "lucide-react/icons/check-check";
import { useCallback, useEffect, useState } from "react";
import { chat } from "../chat.ts";
import { Boundary } from "../layout/boundary.tsx";
import { PanelPane } from "../layout/pane.tsx";
import { attempt } from "../lib/attempt.ts";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { Row } from "../ui/row.tsx";
import { NotificationRow } from "./notification-row.tsx";
import styles from "./notifications.module.css";

/** The user's notifications, latest first. They are the same on all devices. */
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
    // Without a connection yet, the list is loaded on connecting.
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
              <Boundary
                about={one}
                instead={<Row title={<bdi className="cut">{userName(one.actor)}</bdi>} />}
              >
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
