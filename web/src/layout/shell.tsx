import { type ReactNode, type RefObject, useEffect, useRef, useSyncExternalStore } from "react";
import { text } from "../text/index.ts";
import styles from "./shell.module.css";

interface ShellProps {
  /** The list of rooms. */
  sidebar: ReactNode;
  main: ReactNode;
  /** Something is open in the main area: phones then show it in place of the list. */
  open: boolean;
  /** The panel beside the main area, if there is one. */
  panel: ReactNode;
  /** Above everything: the state of the connection. */
  banner: ReactNode;
}

/**
 * Arranges the panes. Wide screens show the list, the room and the panel side by side. Medium ones
 * put the panel over the room. Phones show one pane: the panel, or else the room, or else the list.
 */
export function Shell({ sidebar, main, open, panel, banner }: ShellProps) {
  const pane = panel ? "panel" : open ? "main" : "sidebar";
  const panes = { sidebar: useRef(null), main: useRef(null), panel: useRef(null) };
  const narrow = useNarrow();
  useFocus(panes[pane]);
  return (
    <div className={styles.shell} data-pane={pane}>
      <a href="#main" className={styles.skip}>
        {text.layout.skip}
      </a>
      {banner}
      {/* On phones, the list is the main content while nothing is open. */}
      <div role={narrow && pane === "sidebar" ? "main" : undefined} className={styles.around}>
        <nav
          ref={panes.sidebar}
          tabIndex={-1}
          aria-label={text.layout.rooms}
          className={styles.sidebar}
        >
          {sidebar}
        </nav>
      </div>
      <main ref={panes.main} id="main" tabIndex={-1} className={styles.main}>
        {main}
      </main>
      {panel && (
        // An <aside> may not be the main content, and another element would forget what it shows.
        // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it always has a role that has a name.
        <div
          ref={panes.panel}
          // Where it is the only pane, it is the main content.
          role={narrow ? "main" : "complementary"}
          tabIndex={-1}
          aria-label={text.layout.details}
          className={styles.panel}
        >
          {panel}
        </div>
      )}
    </div>
  );
}

/** The same width as in the style sheet. */
const narrowScreen = matchMedia("(width < 45em)");

/** Whether there is room for one pane only. */
function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrowScreen.addEventListener("change", listener);
      return () => narrowScreen.removeEventListener("change", listener);
    },
    () => narrowScreen.matches,
  );
}

/** Moves the focus to the pane that is now shown, if the focused element is gone or hidden. */
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
