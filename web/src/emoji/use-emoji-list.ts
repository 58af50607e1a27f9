import { useCallback, useEffect, useState } from "react";
import { loadEmoji } from "./load-emoji.ts";
import type { Emoji, EmojiList } from "./names.ts";

/** An older system has no glyphs for newer emoji, and its browser does not know them either. */
const KNOWN = /^\p{RGI_Emoji}$/v;

/** The emoji that this browser can show, once they are loaded. */
export function useEmojiList() {
  const [list, setList] = useState<EmojiList | null>(null);
  const [failed, setFailed] = useState(false);
  const load = useCallback(() => {
    setFailed(false);
    loadEmoji().then(
      (all) => setList(new Map([...all].map(([category, emoji]) => [category, shownOf(emoji)]))),
      () => setFailed(true),
    );
  }, []);
  useEffect(load, [load]);
  return { list, failed, retry: load };
}

const shownOf = (all: readonly Emoji[]) => all.filter(({ emoji }) => KNOWN.test(emoji));
