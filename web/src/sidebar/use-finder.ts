import { useCallback } from "react";
import type { Found, Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { usePages, useSettled } from "../lib/use-pages.ts";
import { useValue } from "../lib/value.ts";

/** How many people, groups and messages are shown of each. */
const SHOWN = 5;
/** Longer than the names that the server compares. */
const MOST_OF_NAME = 100;
/** Single letters are in almost every message. */
const LEAST_OF_MESSAGE = 2;
/** Milliseconds after the last key. */
const FINDER_PAUSE = 250;

type Ask<T> = (signal: AbortSignal) => Promise<{ readonly items: readonly T[] }>;

/** What the server finds for the words. The chats that the client holds are found without it. */
export function useFinder(query: string, chats: readonly Room[]) {
  const words = query.trim();
  const wanted = useSettled(words, FINDER_PAUSE);
  const name = wanted.slice(0, MOST_OF_NAME);
  const me = useValue(chat.account)?.id;
  const people = useAnswer<User>(
    useCallback(
      (signal) => chat.api.get("/users", { query: { q: name, limit: 2 * SHOWN }, signal }),
      [name],
    ),
  );
  const groups = useAnswer<Room>(
    useCallback(
      (signal) => chat.api.get("/rooms/public", { query: { q: name, limit: 2 * SHOWN }, signal }),
      [name],
    ),
  );
  const messages = useAnswer<Found>(
    useCallback(
      async (signal) =>
        wanted.length < LEAST_OF_MESSAGE
          ? { items: [] }
          : await chat.api.get("/search/messages", {
              query: { q: wanted, limit: SHOWN },
              signal,
            }),
      [wanted],
    ),
  );
  const listed = new Set(chats.map(({ peer }) => peer?.id));
  const states = [people.state, groups.state, messages.state];
  return {
    people: people.items.filter(({ id }) => id !== me && !listed.has(id)).slice(0, SHOWN),
    groups: groups.items.filter((room) => room.me === null).slice(0, SHOWN),
    messages: messages.items,
    loading: wanted !== words || states.includes("loading"),
    failed: states.includes("failed"),
    retry: () => {
      for (const each of [people, groups, messages]) if (each.state === "failed") each.reload();
    },
  };
}

function useAnswer<T>(ask: Ask<T>) {
  const fetch = useCallback(
    async (_: string | undefined, signal: AbortSignal) => ({ ...(await ask(signal)), next: null }),
    [ask],
  );
  return usePages<T>(fetch);
}
