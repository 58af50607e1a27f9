/** Users under test, each with their own clients, and ways to wait for what they see. */

import { afterAll, inject } from "vitest";
import type { Core } from "../src/core.ts";
import type { Tokens } from "../src/http.ts";
import { Chat, type ChatOptions, type Message, type RoomHandle, type Value } from "../src/index.ts";
import type { SendPayload } from "../src/outbox.ts";

const PATIENCE = 20_000;
export const PASSWORD = "correct horse battery";
let count = 0;

const open = new Set<Chat>();

afterAll(() => {
  for (const chat of open) chat.close();
});

/** A client that is closed after the tests of its file. */
export function client(options: ChatOptions = {}): Chat {
  const chat = new Chat({ url: inject("url"), ...options });
  open.add(chat);
  return chat;
}

export function newName(name: string): string {
  return `${name}_${process.pid}_${Date.now().toString(36)}_${count++}`;
}

/** A new user, signed in and online. */
export async function person(name: string, options: ChatOptions = {}): Promise<Chat> {
  const chat = client(options);
  const username = newName(name);
  await chat.signUp({ email: `${username}@example.com`, username, password: PASSWORD });
  await online(chat);
  return chat;
}

/** The same user on another device. */
export async function another(chat: Chat, options: ChatOptions = {}): Promise<Chat> {
  const other = client(options);
  await other.signIn({ login: me(chat).username, password: PASSWORD });
  await online(other);
  return other;
}

export function me(chat: Chat) {
  const account = chat.account.get();
  if (!account) throw new Error("signed out");
  return account;
}

/** Connects at once, without waiting for the next attempt. */
export function online(chat: Chat): Promise<unknown> {
  chat.retryNow();
  return until(chat.connection, ({ state }) => state === "online");
}

/** Waits until the value is right. */
export function until<T>(value: Value<T>, isRight: (now: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`timed out; the value is ${JSON.stringify(value.get())?.slice(0, 3000)}`));
    }, PATIENCE);
    const look = () => {
      if (!isRight(value.get())) return;
      clearTimeout(timer);
      stop();
      resolve(value.get());
    };
    const stop = value.subscribe(look);
    look();
  });
}

export function texts(room: RoomHandle): string[] {
  const shown = room.timeline.get().messages.filter(({ kind }) => kind === "text");
  return shown.map(({ text }) => text);
}

/** Waits until a room shows these texts, and nothing is being sent. */
export function shows(room: RoomHandle, ...wanted: readonly string[]): Promise<unknown> {
  const isRight = () =>
    room.timeline.get().outgoing.length === 0 &&
    JSON.stringify(texts(room)) === JSON.stringify(wanted);
  return until(room.timeline, isRight);
}

/** A group of these users, open on all their devices. */
export async function group<T extends readonly [Chat, ...Chat[]]>(...chats: T) {
  const [owner, ...others] = chats;
  const member_ids = [...new Set(others.map((chat) => me(chat).id))];
  const { id } = await owner.createRoom({ name: "Group", member_ids });
  const rooms = chats.map((chat) => chat.room(id));
  await Promise.all(rooms.map((room) => until(room.info, (info) => info !== null)));
  await Promise.all(rooms.map((room) => room.open()));
  return rooms as { [K in keyof T]: RoomHandle };
}

/** The client's internals, which no application sees. */
export function inside(chat: Chat): Inside {
  return (chat as unknown as { core: Inside }).core;
}

interface Inside extends Omit<Core, "session" | "outbox"> {
  readonly session: Tokens & {
    token: { value: string; refreshAt: number } | null;
    onToken: (token: string) => void;
  };
  readonly outbox: {
    sendMessage: (payload: SendPayload) => Promise<Message>;
    onSent: (message: Message) => void;
  };
}
