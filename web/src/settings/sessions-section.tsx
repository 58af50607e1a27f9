import { useCallback } from "react";
import type { SessionInfo } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { usePages } from "../lib/use-pages.ts";
import { detailsText } from "../text/details.ts";
import { exact } from "../text/format.ts";
import { settingsText } from "../text/settings.ts";
import { Button } from "../ui/button.tsx";
import { AgoTime } from "../ui/moment.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./settings.module.css";

/** The devices on which the user is signed in. */
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
  async function endOthers() {
    const work = () => chat.api.delete("/auth/sessions");
    if (await attempt(work, words.endedOthers)) reload();
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
      {items.length > 1 && (
        <Button harmful onClick={() => void endOthers()}>
          {words.endOthers}
        </Button>
      )}
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: SessionInfo; onEnd: () => void }) {
  const words = settingsText.sessions;
  const device = session.device || words.unknown;
  return (
    <Row
      title={<bdi className="cut">{device}</bdi>}
      subtitle={<Facts session={session} />}
      end={
        !session.current && (
          <Button size="s" harmful aria-label={words.endOf(device)} onClick={onEnd}>
            {words.end}
          </Button>
        )
      }
    />
  );
}

/** The facts by which the user can recognize a session. */
function Facts({ session }: { session: SessionInfo }) {
  const { current, address, last_seen_at, created_at } = session;
  const words = settingsText.sessions;
  return (
    <span className={styles.facts}>
      {current ? (
        <b>{words.current}</b>
      ) : (
        <AgoTime at={last_seen_at} title={exact(last_seen_at)} words={words.seen} />
      )}
      {address && <bdi>{address}</bdi>}
      <AgoTime at={created_at} title={exact(created_at)} words={words.since} />
    </span>
  );
}
