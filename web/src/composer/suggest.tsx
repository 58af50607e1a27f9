import type { Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { mayInRoom } from "../rooms/may.ts";
import { text } from "../text/index.ts";
import type { Suggestion } from "./suggestion.ts";

const MOST_SUGGESTIONS = 6;

/** Finds the people or emoji whose names start with the word. */
export function suggest(room: Room, word: string, people: boolean): Promise<readonly Suggestion[]> {
  return people ? mentions(room, word.toLowerCase()) : emoji(word);
}

async function emoji(word: string): Promise<readonly Suggestion[]> {
  const { findEmoji: find } = await import("../emoji/names.ts");
  return find(word, MOST_SUGGESTIONS).map((each) => ({
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
  if (users.length < MOST_SUGGESTIONS && known.length < room.member_count && word) {
    users.push(...(await others(word, new Set(known.map(({ user }) => user.id)))));
  }
  const all = mayInRoom(room).invite && "all".startsWith(word) ? [everybody()] : [];
  return [...users.slice(0, MOST_SUGGESTIONS - all.length).map(person), ...all];
}

async function others(q: string, known: ReadonlySet<string>): Promise<readonly User[]> {
  try {
    const { items } = await chat.api.get("/users", { query: { q, limit: MOST_SUGGESTIONS } });
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
