import { Fragment } from "react";
import styles from "./keys.module.css";

const apple = /Mac|iP/.test(navigator.platform);
export const CONTROL = apple ? "⌘" : "Ctrl";
export const ALT = apple ? "⌥" : "Alt";

export type Shortcut = readonly [does: string, ...keys: readonly string[]];

/** A list of keys and what each of them does. */
export function KeyList({ shortcuts }: { shortcuts: readonly Shortcut[] }) {
  return (
    <dl>
      {shortcuts.map(([does, ...keys]) => (
        <div key={does} className={styles.line}>
          <dt>{does}</dt>
          <dd className={styles.keys}>
            {keys.map((key) => (
              <Fragment key={key}>
                <kbd>{key}</kbd>{" "}
              </Fragment>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
