import Link2 from "lucide-react/icons/link-2";
import { useCallback, useState } from "react";
import type { Invite } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { toast } from "../lib/toasts.ts";
import { usePages } from "../lib/use-pages.ts";
import { detailsText } from "../text/details.ts";
import { number, plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { AgoTime } from "../ui/moment.tsx";
import styles from "./details.module.css";
import { NewInvite } from "./new-invite.tsx";

/** The links that let others join a group. */
export function InvitesSection({ roomId }: { roomId: string }) {
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      chat.api.get("/rooms/{room_id}/invites", {
        path: { room_id: roomId },
        query: { cursor },
        signal,
      }),
    [roomId],
  );
  const { items, state, more, reload } = usePages(fetch);
  const [making, setMaking] = useState(false);
  const words = detailsText.invites;
  return (
    <section className={styles.section}>
      <header className={styles.heading}>
        <h3>{words.title}</h3>
        <Button size="s" icon={<Link2 size={14} />} onClick={() => setMaking(true)}>
          {words.make}
        </Button>
      </header>
      {state === "ready" && items.length === 0 && <p className={styles.soft}>{words.none}</p>}
      <ul className={styles.invites}>
        {items.map((invite) => (
          <InviteRow key={invite.code} invite={invite} onRevoked={reload} />
        ))}
      </ul>
      {more && <Button onClick={more}>{detailsText.members.more}</Button>}
      {making && (
        <NewInvite
          roomId={roomId}
          onClose={() => setMaking(false)}
          onMade={(invite) => {
            setMaking(false);
            reload();
            void copyInvite(invite.url);
          }}
        />
      )}
    </section>
  );
}

function InviteRow({ invite, onRevoked }: { invite: Invite; onRevoked: () => void }) {
  const [asking, setAsking] = useState(false);
  const words = detailsText.invites;
  const revoke = async () => {
    const path = { code: invite.code };
    if (await attempt(() => chat.api.delete("/invites/{code}", { path }))) onRevoked();
  };
  return (
    <li className={styles.invite}>
      <span className={styles.link}>
        <code>{invite.code}</code>
        <span className={styles.soft}>
          {usesOf(invite)}
          {invite.expires_at && (
            <>
              {" · "}
              <AgoTime at={invite.expires_at} words={words.expires} />
            </>
          )}
        </span>
      </span>
      <Button size="s" onClick={() => void copyInvite(invite.url)} aria-label={words.copy}>
        {text.act.copy}
      </Button>
      <Button size="s" variant="quiet" harmful onClick={() => setAsking(true)}>
        {words.revoke}
      </Button>
      {asking && (
        <Confirm
          title={words.revoke}
          action={words.revoke}
          onClose={() => setAsking(false)}
          onConfirm={revoke}
        >
          {words.revokeSure}
        </Confirm>
      )}
    </li>
  );
}

function usesOf({ uses, max_uses }: Invite): string {
  const words = detailsText.invites;
  return max_uses === null
    ? plural(uses, words.uses)
    : words.usesOf(number(uses), number(max_uses));
}

async function copyInvite(url: string): Promise<void> {
  await attempt(() => navigator.clipboard.writeText(url));
  toast(detailsText.invites.copied);
}
