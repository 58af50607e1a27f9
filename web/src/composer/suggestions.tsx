import { text } from "../text/index.ts";
import styles from "./composer.module.css";
import type { Suggestion } from "./suggestion.ts";

interface SuggestionsProps {
  id: string;
  list: readonly Suggestion[];
  at: number;
  onTake: (suggestion: Suggestion) => void;
}

/** The focus stays in the field, which points to the selected option. */
export function Suggestions({ id, list, at, onTake }: SuggestionsProps) {
  return (
    <div id={id} role="listbox" aria-label={text.room.composer.suggestions} className={styles.list}>
      {list.map((each, n) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys.
        // biome-ignore lint/a11y/useFocusableInteractive: as above.
        <div
          key={each.key}
          id={`${id}-${n}`}
          role="option"
          aria-selected={n === at}
          className={styles.option}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onTake(each)}
        >
          <span className={styles.start}>{each.start}</span>
          <bdi className={styles.title}>{each.title}</bdi>
          <bdi className={styles.hint}>{each.hint}</bdi>
        </div>
      ))}
    </div>
  );
}
