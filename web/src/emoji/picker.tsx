import { memo, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react";
import { emojiText } from "../text/emoji.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Spinner } from "../ui/spinner.tsx";
import { Categories, categoryName, RECENT } from "./categories.tsx";
import styles from "./emoji.module.css";
import { COLUMNS, moveInGrids } from "./grid-keys.ts";
import { type Emoji, type EmojiList, findEmoji } from "./names.ts";
import { QUICK_REACTIONS, recentEmoji } from "./recent.ts";
import { ToneMenu } from "./tone-menu.tsx";
import { chooseTone, chosenTone, inTone, type Tone } from "./tones.ts";
import { useEmojiList } from "./use-emoji-list.ts";

const touched = matchMedia("(pointer: coarse)");
const MOST_FOUND = 64;

interface EmojiPickerProps {
  onPick: (emoji: string) => void;
}

/** A picker of emoji: by category, by name, or from those used lately. */
export function EmojiPicker({ onPick }: EmojiPickerProps) {
  const { list, failed, retry } = useEmojiList();
  if (list) return <LoadedPicker list={list} onPick={onPick} />;
  if (!failed) return <Spinner size="l" />;
  return (
    <div className={styles.none} role="alert">
      <p>{text.errors.unavailable}</p>
      <Button size="s" onClick={retry}>
        {text.act.retry}
      </Button>
    </div>
  );
}

function LoadedPicker({ list, onPick }: EmojiPickerProps & { list: EmojiList }) {
  const [words, setWords] = useState("");
  const [tone, setTone] = useState<Tone>(chosenTone);
  const [current, setCurrent] = useState<string>(RECENT);
  const wanted = useDeferredValue(words.trim());
  const scroll = useRef<HTMLDivElement>(null);
  const listId = useId();
  const categories = useMemo(() => [RECENT, ...list.keys()], [list]);
  useOneStop(scroll, wanted);

  const sections = () => [...(scroll.current?.querySelectorAll("section") ?? [])];
  function goTo(category: string) {
    setWords("");
    setCurrent(category);
    // The list is there again after a search.
    requestAnimationFrame(() => {
      const section = sections()[categories.indexOf(category)];
      if (section && scroll.current) scroll.current.scrollTop = section.offsetTop;
    });
  }
  function follow() {
    if (wanted || !scroll.current) return;
    const top = scroll.current.scrollTop + 1;
    const at = sections().findLastIndex((section) => section.offsetTop <= top);
    setCurrent(categories[Math.max(at, 0)] ?? RECENT);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it moves focus between buttons.
    <div className={styles.inside} onKeyDown={moveInGrids}>
      <div className={styles.top}>
        <TextField
          label={emojiText.search}
          hideLabel
          placeholder={emojiText.search}
          type="search"
          // On touch screens the keyboard would hide the emoji.
          autoFocus={!touched.matches}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => {
            const [first] = findEmoji(list, words, 1);
            if (event.key !== "Enter" || event.nativeEvent.isComposing || !first) return;
            event.preventDefault();
            onPick(inTone(first, tone));
          }}
        />
        <ToneMenu
          tone={tone}
          onChoose={(chosen) => {
            chooseTone(chosen);
            setTone(chosen);
          }}
        />
      </div>
      <Categories
        categories={categories}
        current={wanted ? null : current}
        listId={listId}
        onChoose={goTo}
      />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the buttons inside are pressed. */}
      <div
        ref={scroll}
        id={listId}
        role="tabpanel"
        aria-label={wanted ? emojiText.search : categoryName(current)}
        className={styles.scroll}
        onScroll={follow}
        onClick={(event) => {
          const button = (event.target as Element).closest("button");
          if (button?.value) onPick(button.value);
        }}
      >
        {wanted ? (
          <FoundEmoji list={list} words={wanted} tone={tone} />
        ) : (
          <AllEmoji list={list} tone={tone} />
        )}
      </div>
    </div>
  );
}

/** The Tab key stops once in the list: at the emoji that had the focus last, or at the first. */
function useOneStop(scroll: React.RefObject<HTMLElement | null>, shown: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has another first emoji.
  useEffect(() => {
    const box = scroll.current;
    const first = () => box?.querySelector<HTMLElement>("[data-grid] button") ?? null;
    let stop = first();
    stop?.setAttribute("tabindex", "0");
    function follow({ target }: FocusEvent) {
      if (!(target instanceof HTMLButtonElement)) return;
      stop?.setAttribute("tabindex", "-1");
      stop = target;
      stop.setAttribute("tabindex", "0");
    }
    box?.addEventListener("focusin", follow);
    return () => box?.removeEventListener("focusin", follow);
  }, [scroll, shown]);
}

interface ListProps {
  list: EmojiList;
  tone: Tone;
}

function FoundEmoji({ list, tone, words }: ListProps & { words: string }) {
  const found = findEmoji(list, words, MOST_FOUND);
  if (!found.length) return <p className={styles.none}>{emojiText.none}</p>;
  return <EmojiGroup emoji={found} tone={tone} />;
}

const AllEmoji = memo(function AllEmoji({ list, tone }: ListProps) {
  const recent = useRecent(list);
  return (
    <>
      <EmojiGroup title={categoryName(RECENT)} emoji={recent} tone="" />
      {[...list].map(([category, emoji]) => (
        <EmojiGroup key={category} title={categoryName(category)} emoji={emoji} tone={tone} />
      ))}
    </>
  );
});

/** Those used lately, as they were picked; before there are any, those that most people use. */
function useRecent(list: EmojiList): readonly Emoji[] {
  return useMemo(() => {
    const known = new Map([...list.values()].flat().map((each) => [each.emoji, each]));
    const kept = recentEmoji().length ? recentEmoji() : QUICK_REACTIONS;
    return kept.map((emoji) => {
      const { description = emoji } = known.get(emoji) ?? {};
      return { emoji, description, names: [], tags: [], light: null };
    });
  }, [list]);
}

interface GroupProps {
  title?: string;
  emoji: readonly Emoji[];
  tone: Tone;
}

/** Groups that are out of sight are not laid out. Until they are, their height is known by their rows. */
function EmojiGroup({ title, emoji, tone }: GroupProps) {
  const rows = Math.ceil(emoji.length / COLUMNS);
  const height = `auto calc(${rows} * var(--cell) + ${title ? "var(--heading)" : "0px"})`;
  return (
    <section
      className={styles.group}
      aria-label={title}
      style={{ containIntrinsicBlockSize: height }}
    >
      {title && <h3 className={styles.title}>{title}</h3>}
      <div className={styles.grid} data-grid>
        {emoji.map((each) => {
          const shown = inTone(each, tone);
          const { description: name } = each;
          return (
            <button
              key={each.emoji}
              type="button"
              tabIndex={-1}
              value={shown}
              aria-label={name}
              title={name}
            >
              {shown}
            </button>
          );
        })}
      </div>
    </section>
  );
}
