import { lazy, Suspense } from "react";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Hung } from "../ui/popover.tsx";
import styles from "./my-menu.module.css";

const AboutMe = lazy(() => import("./about-me.tsx").then(({ AboutMe }) => ({ default: AboutMe })));

/** The user's own picture, which opens their menu. */
export function MyMenu() {
  const me = useValue(chat.account);
  if (!me) return null;
  const trigger = (
    <button type="button" className={styles.trigger} aria-label={text.rooms.menu}>
      <Avatar id={me.id} name={me.display_name} url={me.avatar_url} size={32} />
    </button>
  );
  return (
    <Hung trigger={trigger} kind="menu">
      {(anchor, close) => (
        <Suspense>
          <AboutMe me={me} anchor={anchor} onClose={close} />
        </Suspense>
      )}
    </Hung>
  );
}
