import { useCallback } from "react";
import type { SessionInfo } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { usePages } from "../lib/pages.ts";
import { detailsText } from "../text/details.ts";
import { ago } from "../text/format.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./settings.module.css";

/** Where one is signed in. */
export function SessionsSection() {
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      chat.api.get("/auth/sessions", { query: { cursor }, signal }),
    [],
  );
  const { items, more, reload } = usePages<SessionInfo>(fetch);
  const words = settingsText.sessions;
  async function end(session: SessionInfo) {
    const path = { id: session.id };
    const work = () => chat.api.delete("/auth/sessions/{id}", { path });
    if (await attempt(work, words.ended)) reload();
  }
  return (
    <section className={styles.form}>
      <p className={styles.soft}>{words.lead}</p>
      <ul>
        {items.map((session) => (
          <li key={session.id}>
            <SessionRow session={session} onEnd={() => void end(session)} />
          </li>
        ))}
      </ul>
      {more && <Button onClick={more}>{detailsText.members.more}</Button>}
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: SessionInfo; onEnd: () => void }) {
  const words = settingsText.sessions;
  const device = session.device || words.unknown;
  return (
    <Row
      title={<bdi>{device}</bdi>}
      subtitle={session.current ? words.current : words.seen(ago(session.last_seen_at))}
      end={
        !session.current && (
          <Button size="s" aria-label={words.endOf(device)} onClick={onEnd}>
            {words.end}
          </Button>
        )
      }
    />
  );
}
