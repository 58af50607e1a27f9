import { useState } from "react";
import type { Message, User } from "realtime-chat-sdk";
import { LazyPersonDialog } from "../people/lazy-person-dialog.tsx";
import { useRoomScope } from "../room/context.ts";
import { cx } from "../ui/cx.ts";
import styles from "./markdown.module.css";

/** The users whom a message mentions, by their names in its text, in lower case. */
export type Mentioned = ReadonlyMap<string, User>;

/**
 * Made once for each text, since a text can mention many people many times. The names are those that
 * people had when the text was written. An old message does not tell them; they may be the same.
 */
export function mentionedBy(
  users: readonly (User | null)[],
  names: Message["mention_names"],
): Mentioned {
  const known = users.filter((user) => user !== null);
  const byId = new Map(known.map((user) => [user.id, user]));
  const told = Object.entries(names).flatMap(([name, id]): [string, User][] => {
    const user = byId.get(id);
    return user ? [[name, user]] : [];
  });
  if (told.length > 0) return new Map(told);
  return new Map(known.map((user) => [user.username.toLowerCase(), user]));
}

interface MentionProps {
  /** As it was written, with the "@". */
  written: string;
  /** The names that may be meant, the longest last. */
  names: readonly string[];
  /** The mentioned users, as the server has determined them. */
  people: Mentioned;
}

/**
 * A name in a text. It is marked if it is a user's, and stands out if it is the current user's.
 * Pressing it opens the profile.
 */
export function Mention({ written, names, people }: MentionProps) {
  const { kind, myId } = useRoomScope();
  const [open, setOpen] = useState(false);
  const name = names.findLast((each) => people.has(each.toLowerCase()));
  const user = name === undefined ? undefined : people.get(name.toLowerCase());
  const everyone =
    kind === "group" ? names.find((each) => each.toLowerCase() === "all") : undefined;
  const shown = name ?? everyone;
  if (shown === undefined) return written;
  const words = written.slice(0, 1 + shown.length);
  const mine = !user || user.id === myId;
  const className = cx(styles.mention, mine && styles.mine);
  return (
    <>
      {user ? (
        <button
          type="button"
          tabIndex={-1}
          className={className}
          title={user.display_name}
          onClick={() => setOpen(true)}
        >
          {words}
        </button>
      ) : (
        <span className={className}>{words}</span>
      )}
      {written.slice(words.length)}
      {user && open && <LazyPersonDialog user={user} onClose={() => setOpen(false)} />}
    </>
  );
}
