import { type KeyboardEvent, memo, useDeferredValue, useRef, useState } from "react";
import { text } from "../text/index.ts";
import { TextField } from "../ui/field.tsx";
import styles from "./emoji.module.css";
import { categories, findEmoji } from "./names.ts";
import { QUICK_REACTIONS, recentEmoji } from "./recent.ts";

const touched = matchMedia("(pointer: coarse)");
const COLUMNS = 8;
const MOST_FOUND = 64;

interface EmojiPickerProps {
  onPick: (emoji: string) => void;
}

/** A picker of emoji: typing searches, and arrows move between the buttons. */
export function EmojiPicker({ onPick }: EmojiPickerProps) {
  const [words, setWords] = useState("");
  const wanted = useDeferredValue(words);
  const grid = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  function move(event: KeyboardEvent<HTMLDivElement>) {
    const buttons = [...(grid.current?.querySelectorAll("button") ?? [])];
    const now = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = buttons[nextButton(event, now, buttons.length)];
    if (!next || (now < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    next.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it moves focus between buttons.
    <div className={styles.inside} onKeyDown={move}>
      <TextField
        label={text.room.emoji.search}
        hideLabel
        placeholder={text.room.emoji.search}
        type="search"
        // On touch screens the keyboard would hide the emoji.
        autoFocus={!touched.matches}
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          const first = findEmoji(words, 1)[0];
          if (event.key !== "Enter" || !first) return;
          event.preventDefault();
          onPick(first.emoji);
        }}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are pressed. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above. */}
      <div
        ref={grid}
        className={styles.scroll}
        onClick={(event) => {
          const button = (event.target as Element).closest("button");
          if (button?.value) onPick(button.value);
        }}
      >
        {wanted ? <FoundEmoji words={wanted} /> : <AllEmoji />}
      </div>
    </div>
  );
}

function FoundEmoji({ words }: { words: string }) {
  const found = findEmoji(words, MOST_FOUND);
  if (!found.length) return <p className={styles.none}>{text.room.emoji.none}</p>;
  return <EmojiGroup emoji={found.map((each) => [each.emoji, each.description])} />;
}

const AllEmoji = memo(function AllEmoji() {
  const kept = recentEmoji().length ? recentEmoji() : QUICK_REACTIONS;
  return (
    <>
      <EmojiGroup title={text.room.emoji.recent} emoji={kept.map((each) => [each, each])} />
      {[...categories].map(([category, emoji]) => (
        <EmojiGroup
          key={category}
          title={text.room.emoji[category as "Flags"] ?? category}
          emoji={emoji.map((each) => [each.emoji, each.description])}
        />
      ))}
    </>
  );
});

interface GroupProps {
  title?: string;
  emoji: readonly (readonly [emoji: string, name: string])[];
}

function EmojiGroup({ title, emoji }: GroupProps) {
  // Groups that are out of sight are not laid out. Until they are, this is their estimated height.
  const height = Math.ceil(emoji.length / COLUMNS) * 36 + 28;
  return (
    <section className={styles.group} style={{ containIntrinsicBlockSize: `auto ${height}px` }}>
      {title && <h3 className={styles.title}>{title}</h3>}
      <div className={styles.grid}>
        {emoji.map(([each, name]) => (
          <button key={each} type="button" value={each} aria-label={name} title={name}>
            {each}
          </button>
        ))}
      </div>
    </section>
  );
}

function nextButton(event: KeyboardEvent, now: number, count: number): number {
  const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: now < 0 ? 1 : COLUMNS,
    ArrowUp: -COLUMNS,
    ArrowRight: rtl ? -1 : 1,
    ArrowLeft: rtl ? 1 : -1,
  };
  const step = steps[event.key];
  return step === undefined ? -1 : Math.min(now + step, count - 1);
}
