import { useState } from "react";
import type { User } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { Avatar, type AvatarProps } from "../ui/avatar.tsx";
import styles from "./face.module.css";
import { LazyPersonDialog } from "./lazy-person-dialog.tsx";
import { userName } from "./names.ts";

interface FaceProps {
  user: User;
  size: AvatarProps["size"];
}

/**
 * A user's picture, which opens their profile. Keys skip it, since they would stop at every
 * message: they reach the profile through the room's details.
 */
export function Face({ user, size }: FaceProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        className={styles.face}
        aria-label={text.people.profileOf(userName(user))}
        onClick={() => setOpen(true)}
      >
        <Avatar id={user.id} name={user.display_name} url={user.avatar_url} size={size} />
      </button>
      {open && <LazyPersonDialog user={user} onClose={() => setOpen(false)} />}
    </>
  );
}
