import { type ReactNode, type RefObject, useEffect, useRef } from "react";
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
  const panes = { sidebar: useRef(null), main: useRef(null), panel: useRef(null) };
  useFocus(panes[pane]);
  return (
    <div className={styles.shell} data-pane={pane}>
      <a href="#main" className={styles.skip}>
        {text.layout.skip}
      </a>
      {banner}
      <nav
        ref={panes.sidebar}
        tabIndex={-1}
        aria-label={text.layout.rooms}
        className={styles.sidebar}
      >
        {sidebar}
      </nav>
      <main ref={panes.main} id="main" tabIndex={-1} className={styles.main}>
        {main}
      </main>
      {panel && (
        <aside
          ref={panes.panel}
          tabIndex={-1}
          aria-label={text.layout.details}
          className={styles.panel}
        >
          {panel}
        </aside>
      )}
    </div>
  );
}

/** Where focus was may be gone, or behind another pane: it goes on in the pane that is shown now. */
function useFocus(shown: RefObject<HTMLElement | null>): void {
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    const focused = document.activeElement;
    const lost = !focused || focused === document.body || !focused.checkVisibility();
    if (lost) shown.current?.focus();
  }, [shown]);
}
