import { useState } from "react";
import type { User } from "realtime-chat-sdk";
import { LazyPersonDialog } from "../people/card.tsx";
import { useRoomScope } from "../room/context.ts";
import { cx } from "../ui/cx.ts";
import styles from "./markdown.module.css";

/** Who is mentioned in a message, by their usernames. */
export type Mentioned = ReadonlyMap<string, User>;

/** Once for a text: it may name a thousand people. */
export function mentionedBy(users: readonly (User | null)[]): Mentioned {
  return new Map(users.flatMap((user) => (user ? [[user.username.toLowerCase(), user]] : [])));
}

interface MentionProps {
  /** As it was written, without the @. */
  name: string;
  /** By the server's word. */
  people: Mentioned;
}

/** A name in a text: marked if it is somebody's, and more so if it is one's own. A press shows who
 * that is. */
export function Mention({ name, people }: MentionProps) {
  const { kind, myId } = useRoomScope();
  const [open, setOpen] = useState(false);
  const wanted = name.toLowerCase();
  const user = people.get(wanted);
  const everybody = kind === "group" && wanted === "all";
  if (!user && !everybody) return `@${name}`;
  const mine = everybody || user?.id === myId;
  const className = cx(styles.mention, mine && styles.mine);
  if (!user) return <span className={className}>@{name}</span>;
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        className={className}
        title={user.display_name}
        onClick={() => setOpen(true)}
      >
        @{name}
      </button>
      {open && <LazyPersonDialog user={user} onClose={() => setOpen(false)} />}
    </>
  );
}
