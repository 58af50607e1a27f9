import { type KeyboardEvent, useEffect, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { insertText, type WordAtCaret, wordAtCaret } from "./field.ts";
import type { Suggestion } from "./suggestion.ts";

/** Completes words that start with "@" or ":" from a list. Arrows select, Enter and Tab accept. */
export function useCompletion(room: Room, field: () => HTMLTextAreaElement | null) {
  const [word, setWord] = useState<WordAtCaret | null>(null);
  const [found, setFound] = useState<readonly Suggestion[]>([]);
  const [at, setAt] = useState(0);
  const asked = word && `${word.kind}${word.word}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another room needs a new search.
  useEffect(() => {
    setAt(0);
    if (asked === null) return setFound([]);
    let late = false;
    import("./suggest.tsx")
      .then(({ suggest }) => suggest(room, asked.slice(1), asked[0] === "@"))
      .then((list) => late || setFound(list))
      .catch(() => {});
    return () => {
      late = true;
    };
  }, [room.id, asked]);

  function take(suggestion: Suggestion) {
    const target = field();
    if (target && word) insertText(target, `${suggestion.insert} `, word.from, word.to);
    setWord(null);
  }

  /** Returns whether the key was meant for the list. */
  function onKey(event: KeyboardEvent): boolean {
    const chosen = found[at];
    if (!chosen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((at + step + found.length) % found.length);
    else if (event.key === "Enter" || event.key === "Tab") take(chosen);
    else if (event.key === "Escape") setWord(null);
    else return false;
    event.preventDefault();
    return true;
  }

  const look = (target: HTMLTextAreaElement) => {
    const caret = target.selectionStart === target.selectionEnd ? target.selectionEnd : -1;
    setWord(caret < 0 ? null : wordAtCaret(target.value, caret));
  };
  return { found, at, take, onKey, look, close: () => setWord(null) };
}
