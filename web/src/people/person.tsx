import Ban from "lucide-react/icons/ban";
import MessageCircle from "lucide-react/icons/message-circle";
import { useState } from "react";
import type { Status, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useDay, useIsPast } from "../lib/times.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { AgoTime } from "../ui/moment.tsx";
import { BlockDialog, changeBlock } from "./block-person.tsx";
import { useBlocked } from "./blocks.ts";
import { userName } from "./names.ts";
import styles from "./people.module.css";
import { PersonAvatar } from "./person-avatar.tsx";
import { writeTo } from "./write-to.ts";

interface PersonDialogProps {
  user: User;
  onClose: () => void;
}

export function PersonDialog({ user, onClose }: PersonDialogProps) {
  return (
    <Dialog title={text.people.profile} size="s" onClose={onClose}>
      <PersonCard user={user} onWrite={onClose} />
    </Dialog>
  );
}

interface PersonProps {
  user: User;
  /** Shows a button that opens the direct chat, and is called after that. */
  onWrite?: () => void;
}

/** A user's profile, and what can be done with them. */
export function PersonCard({ user: given, onWrite }: PersonProps) {
  const user = useValue(chat.user(given.id)) ?? given;
  const me = useValue(chat.account);
  return (
    <div className={styles.card}>
      <PersonAvatar user={user} size={96} />
      <h2 className={styles.name}>
        <bdi>{userName(user)}</bdi>
      </h2>
      {!user.deleted && <PersonFacts user={user} />}
      {!user.deleted && user.id !== me?.id && <PersonActions user={user} onWrite={onWrite} />}
    </div>
  );
}

function PersonFacts({ user }: { user: User }) {
  return (
    <>
      <p className={styles.soft}>
        <bdi>@{user.username}</bdi>
      </p>
      <LastSeen userId={user.id} />
      {user.status && <StatusLine status={user.status} />}
      {user.bio && (
        <p className={styles.bio} dir="auto">
          {user.bio}
        </p>
      )}
      <p className={styles.soft}>{text.people.since(useDay(user.created_at))}</p>
    </>
  );
}

function LastSeen({ userId }: { userId: string }) {
  const { status, last_seen_at } = useValue(chat.presence(userId));
  if (status !== "offline") return <p className={styles.soft}>{text.presence[status]}</p>;
  if (!last_seen_at) return null;
  return (
    <p className={styles.soft}>
      <AgoTime at={last_seen_at} words={text.people.seen} />
    </p>
  );
}

/** A status may end by itself. */
function StatusLine({ status }: { status: Status }) {
  const over = useIsPast(status.expires_at);
  if (over) return null;
  return (
    <p dir="auto">
      {status.emoji} {status.text}
    </p>
  );
}

function PersonActions({ user, onWrite }: { user: User; onWrite: (() => void) | undefined }) {
  const [asking, setAsking] = useState(false);
  const blocked = useBlocked(user.id);
  const words = text.people;
  return (
    <div className={styles.actions}>
      {onWrite && (
        <Button
          variant="primary"
          icon={<MessageCircle size={16} />}
          onClick={async () => (await writeTo(user.id)) && onWrite()}
        >
          {words.write}
        </Button>
      )}
      {blocked ? (
        <Button onClick={() => void changeBlock(user, false)}>{words.unblock}</Button>
      ) : (
        <Button variant="quiet" harmful icon={<Ban size={16} />} onClick={() => setAsking(true)}>
          {words.block}
        </Button>
      )}
      {asking && <BlockDialog user={user} onClose={() => setAsking(false)} />}
    </div>
  );
}
