import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import type { Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { may } from "../rooms/may.ts";
import { PersonAvatar } from "../rooms/room-avatar.tsx";
import { userName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { type Begun, begun, insert } from "./field.ts";

export interface Suggestion {
  readonly key: string;
  /** What is put in its place. */
  readonly insert: string;
  readonly start: ReactNode;
  readonly title: string;
  readonly hint: string;
}

const MOST = 6;

/** What is begun with "@" or ":" is completed from a list; arrows choose, Enter and Tab take. */
export function useCompletion(room: Room, field: () => HTMLTextAreaElement | null) {
  const [word, setWord] = useState<Begun | null>(null);
  const [found, setFound] = useState<readonly Suggestion[]>([]);
  const [at, setAt] = useState(0);
  const asked = word && `${word.kind}${word.word}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a room that moves on is no other one.
  useEffect(() => {
    setAt(0);
    if (asked === null) return setFound([]);
    let late = false;
    suggest(room, asked.slice(1), asked[0] === "@").then((list) => late || setFound(list));
    return () => {
      late = true;
    };
  }, [room.id, asked]);

  function take(suggestion: Suggestion) {
    const target = field();
    if (target && word) insert(target, `${suggestion.insert} `, word.from, word.to);
    setWord(null);
  }

  /** Answers whether the key was meant for the list. */
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
    setWord(caret < 0 ? null : begun(target.value, caret));
  };
  return { found, at, take, onKey, look, close: () => setWord(null) };
}

function suggest(room: Room, word: string, people: boolean): Promise<readonly Suggestion[]> {
  return people ? mentions(room, word.toLowerCase()) : emoji(word);
}

async function emoji(word: string): Promise<readonly Suggestion[]> {
  const { find } = await import("../emoji/names.ts");
  return find(word, MOST).map((each) => ({
    key: each.emoji,
    insert: each.emoji,
    start: each.emoji,
    title: `:${each.names[0]}:`,
    hint: each.description,
  }));
}

async function mentions(room: Room, word: string): Promise<readonly Suggestion[]> {
  const known = chat.room(room.id).members.get();
  const me = chat.account.get()?.id;
  const users = known.map(({ user }) => user).filter((user) => user.id !== me && fits(user, word));
  if (users.length < MOST && known.length < room.member_count && word) {
    users.push(...(await others(word, new Set(known.map(({ user }) => user.id)))));
  }
  const all = may(room).invite && "all".startsWith(word) ? [everybody()] : [];
  return [...users.slice(0, MOST - all.length).map(person), ...all];
}

async function others(q: string, known: ReadonlySet<string>): Promise<readonly User[]> {
  try {
    const { items } = await chat.api.get("/users", { query: { q, limit: MOST } });
    return items.filter(({ id }) => !known.has(id));
  } catch {
    return [];
  }
}

function fits({ username, display_name, deleted }: User, word: string): boolean {
  const names = [username, ...display_name.split(/\s+/)];
  return !deleted && names.some((name) => name.toLowerCase().startsWith(word));
}

function person(user: User): Suggestion {
  return {
    key: user.id,
    insert: `@${user.username}`,
    start: <PersonAvatar user={user} size={24} />,
    title: userName(user),
    hint: `@${user.username}`,
  };
}

function everybody(): Suggestion {
  return {
    key: "all",
    insert: "@all",
    start: "@",
    title: "@all",
    hint: text.room.composer.everybody,
  };
}
