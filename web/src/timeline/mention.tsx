import { useState } from "react";
import { Card } from "../people/card.tsx";
import { useUsers } from "../people/use-users.ts";
import { useRoomScope } from "../room/context.ts";
import { cx } from "../ui/cx.ts";
import styles from "./markdown.module.css";

interface MentionProps {
  /** As it was written, without the @. */
  name: string;
  /** Who is mentioned in the message, by the server's word. */
  ids: readonly string[];
}

/** A name in a text: marked if it is somebody's, and more so if it is one's own. A press shows who
 * that is. */
export function Mention({ name, ids }: MentionProps) {
  const { kind, myId } = useRoomScope();
  const [open, setOpen] = useState(false);
  const wanted = name.toLowerCase();
  const user = useUsers(ids).find((each) => each?.username.toLowerCase() === wanted);
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
      {open && <Card user={user} onClose={() => setOpen(false)} />}
    </>
  );
}
