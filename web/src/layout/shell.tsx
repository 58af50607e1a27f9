import type { ReactNode } from "react";
import { text } from "../text/index.ts";
import styles from "./shell.module.css";

interface ShellProps {
  /** The list of rooms. */
  sidebar: ReactNode;
  main: ReactNode;
  /** Something is open in the main place: phones show that, and no list. */
  open: boolean;
  /** What stands beside it, if anything. */
  panel: ReactNode;
  /** Over all of it: how the connection is. */
  banner: ReactNode;
}

/**
 * The panes. Wide screens show the list, the room and the panel beside each other; middling ones put
 * the panel over the room; on phones there is one at a time: the panel, else the room, else the list.
 */
export function Shell({ sidebar, main, open, panel, banner }: ShellProps) {
  const pane = panel ? "panel" : open ? "main" : "sidebar";
  return (
    <div className={styles.shell} data-pane={pane}>
      <a href="#main" className={styles.skip}>
        {text.layout.skip}
      </a>
      {banner}
      <nav aria-label={text.layout.rooms} className={styles.sidebar}>
        {sidebar}
      </nav>
      <main id="main" tabIndex={-1} className={styles.main}>
        {main}
      </main>
      {panel && (
        <aside aria-label={text.layout.details} className={styles.panel}>
          {panel}
        </aside>
      )}
    </div>
  );
}
