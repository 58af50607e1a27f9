import { useCallback, useMemo, useRef, useSyncExternalStore } from "react";
import type { Member, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";

/** How many groups are looked into: those with the latest activity. */
const LATEST_GROUPS = 5;
const MOST_ACQUAINTANCES = 50;

/**
 * The people with whom the user shares a room: first those of direct chats, then the members of
 * the groups in which something has happened lately.
 */
export function useAcquaintances(): readonly User[] {
  const rooms = useValue(chat.rooms);
  const me = useValue(chat.account)?.id;
  const groups = rooms.filter(({ kind }) => kind === "group").slice(0, LATEST_GROUPS);
  const lists = useMembersOf(groups.map(({ id }) => id).join());
  return useMemo(() => {
    const peers = rooms.flatMap(({ peer }) => peer ?? []);
    const members = lists.flatMap((list) => list.map(({ user }) => user));
    const byId = new Map<string, User>();
    for (const user of [...peers, ...members]) {
      if (user.id !== me && !user.deleted && !byId.has(user.id)) byId.set(user.id, user);
    }
    return [...byId.values()].slice(0, MOST_ACQUAINTANCES);
  }, [rooms, lists, me]);
}

type Lists = readonly (readonly Member[])[];

/** The first members of each of these rooms, whose ids are joined by commas. */
function useMembersOf(ids: string): Lists {
  const last = useRef<Lists>([]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = split(ids).map((id) => chat.room(id).members.subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [ids],
  );
  const get = useCallback(() => {
    const now = split(ids).map((id) => chat.room(id).members.get());
    const before = last.current;
    const same = now.length === before.length && now.every((list, at) => list === before[at]);
    if (!same) last.current = now;
    return last.current;
  }, [ids]);
  return useSyncExternalStore(subscribe, get);
}

const split = (ids: string): string[] => (ids ? ids.split(",") : []);
