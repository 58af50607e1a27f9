import { lazy, Suspense, useState } from "react";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Hung } from "../ui/popover.tsx";
import styles from "./my-menu.module.css";

const AboutMe = lazy(() => import("./about-me.tsx").then(({ AboutMe }) => ({ default: AboutMe })));
const SignOutDialog = lazy(() =>
  import("./sign-out.tsx").then(({ SignOutDialog }) => ({ default: SignOutDialog })),
);

/** The user's own picture, which opens their menu. */
export function MyMenu() {
  const me = useValue(chat.account);
  /** How many messages a sign-out would delete, while the user is asked. */
  const [unsent, setUnsent] = useState(0);
  async function signOut() {
    const count = await chat.countUnsent();
    if (count > 0) setUnsent(count);
    else await attempt(() => chat.signOut());
  }
  if (!me) return null;
  const trigger = (
    <button type="button" className={styles.trigger} aria-label={text.rooms.menu}>
      <Avatar id={me.id} name={me.display_name} url={me.avatar_url} size={32} />
    </button>
  );
  return (
    <>
      <Hung trigger={trigger} kind="menu">
        {(anchor, close) => (
          <Suspense>
            <AboutMe me={me} anchor={anchor} onClose={close} onSignOut={() => void signOut()} />
          </Suspense>
        )}
      </Hung>
      {unsent > 0 && (
        <Suspense>
          <SignOutDialog unsent={unsent} onClose={() => setUnsent(0)} />
        </Suspense>
      )}
    </>
  );
}
