import type { Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { loadEmoji } from "../emoji/load-emoji.ts";
import { findEmoji } from "../emoji/names.ts";
import { chosenTone, inTone } from "../emoji/tones.ts";
import { fold } from "../lib/fold.ts";
import { byCloseness } from "../people/closeness.ts";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { rankedUsers } from "../people/rank.ts";
import { mayInRoom } from "../rooms/may.ts";
import { text } from "../text/index.ts";
import type { Suggestion } from "./suggestion.ts";

const MOST_SUGGESTIONS = 6;
/** How many direct chats are looked at for whom the user writes to. */
const MOST_CHATS = 100;

/** Finds the people or emoji whose names start with the word. */
export function suggest(room: Room, word: string, people: boolean): Promise<readonly Suggestion[]> {
  return people ? mentions(room, fold(word)) : emoji(word);
}

async function emoji(word: string): Promise<readonly Suggestion[]> {
  const tone = chosenTone();
  return findEmoji(await loadEmoji(), word, MOST_SUGGESTIONS).map((each) => ({
    key: each.emoji,
    insert: inTone(each, tone),
    start: inTone(each, tone),
    title: `:${each.names[0]}:`,
    hint: each.description,
  }));
}

/** Members come first; others only where anybody may join. */
async function mentions(room: Room, word: string): Promise<readonly Suggestion[]> {
  const members = chat
    .room(room.id)
    .members.get()
    .map(({ user }) => user);
  const me = chat.account.get()?.id;
  const closest = closestPeople(me);
  const pick = (users: readonly User[]) =>
    rankedUsers(unique(users), word, closest).filter(({ id }) => id !== me);
  let here = pick(members);
  if (here.length < MOST_SUGGESTIONS && members.length < room.member_count && word) {
    here = pick([...members, ...(await membersNamed(room, word))]);
  }
  const users = [...here];
  if (users.length < MOST_SUGGESTIONS && room.visibility === "public" && word) {
    const known = new Set([...members, ...here].map(({ id }) => id));
    users.push(...pick((await peopleNamed(word)).filter(({ id }) => !known.has(id))));
  }
  const all = mayInRoom(room).invite && "all".startsWith(word) ? [everybody()] : [];
  return [...users.slice(0, MOST_SUGGESTIONS - all.length).map(person), ...all];
}

/** The people of the latest direct chats, first whom the user writes to most. */
function closestPeople(me: string | undefined): readonly string[] {
  const direct = chat.rooms.get().filter(({ peer }) => peer);
  return byCloseness(
    direct.slice(0, MOST_CHATS).flatMap((room) => correspondence(room, me)),
    Date.now(),
  );
}

function correspondence({ id, peer, last_seq, last_message }: Room, me: string | undefined) {
  if (!peer) return [];
  const { messages } = chat.room(id).timeline.get();
  const own = messages.filter(({ author_id }) => author_id === me).length;
  const lastAt = last_message ? Date.parse(last_message.created_at) : 0;
  return [{ userId: peer.id, sent: last_seq, lastAt, held: messages.length, own }];
}

function unique(users: readonly User[]): readonly User[] {
  return [...new Map(users.map((user) => [user.id, user])).values()];
}

async function membersNamed(room: Room, q: string): Promise<readonly User[]> {
  try {
    const query = { q, limit: MOST_SUGGESTIONS };
    const { items } = await chat.api.get("/rooms/{room_id}/members", {
      path: { room_id: room.id },
      query,
    });
    return items.map(({ user }) => user);
  } catch {
    return [];
  }
}

async function peopleNamed(q: string): Promise<readonly User[]> {
  try {
    return (await chat.api.get("/users", { query: { q, limit: MOST_SUGGESTIONS } })).items;
  } catch {
    return [];
  }
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
