import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { ChatError, MemoryCache } from "../src/index.ts";
import {
  client,
  group,
  inside,
  me,
  newName,
  online,
  PASSWORD,
  person,
  shows,
  until,
} from "./people.ts";
import { Server } from "./server.ts";
import { Wire } from "./wire.ts";

const TTL = 4;

async function refused(work: Promise<unknown>): Promise<ChatError> {
  const error = await work.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ChatError);
  return error as ChatError;
}

function event(chat: ReturnType<typeof client>): Promise<unknown> {
  return new Promise((resolve) => chat.on("signed_out", resolve));
}

test("a user signs up, out and in again", async () => {
  const chat = await person("ann");
  const { username } = me(chat);
  const room = await chat.createRoom({ name: "Mine" });
  await chat.signOut();
  expect(chat.account.get()).toBeNull();
  expect(chat.rooms.get()).toEqual([]);
  expect(room.info.get()).toBeNull();
  expect(chat.connection.get().state).toBe("signed_out");
  expect((await refused(chat.api.get("/rooms"))).code).toBe("unauthenticated");
  await chat.signIn({ login: username, password: PASSWORD });
  await online(chat);
  expect(room.info.get()?.name).toBe("Mine");
});

test("a refusal names its field", async () => {
  const chat = client();
  const body = { email: "no address", username: newName("ann"), password: PASSWORD };
  const error = await refused(chat.signUp(body));
  expect(error.code).toBe("validation_failed");
  expect(error.errors.map(({ field }) => field)).toEqual(["email"]);
  const wrong = await refused(chat.signIn({ login: newName("nobody"), password: PASSWORD }));
  expect([wrong.code, wrong.status, wrong.temporary]).toEqual(["invalid_credentials", 401, false]);
});

test("a session continues where it stopped, and shows cached data at once", async () => {
  const cache = new MemoryCache();
  const first = await person("ann", { cache });
  const [room] = await group(first);
  room.send({ text: "kept" });
  await shows(room, "kept");
  first.close();
  const wire = await Wire.to(inject("url"));
  wire.cut();
  const second = client({ cache, url: wire.url });
  expect(await second.restore()).toBe(true);
  expect(me(second)).toEqual(me(first));
  expect(second.rooms.get().map(({ id }) => id)).toEqual([room.id]);
  await shows(second.room(room.id), "kept");
  wire.mend();
  second.retryNow();
  await online(second);
});

/** Keeps cookies between calls, as a browser does. */
function keepCookies(): void {
  const fetched = globalThis.fetch;
  let cookie = "";
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.set("Cookie", cookie);
    const answer = await fetched(url, { ...init, headers });
    cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return answer;
  });
  onTestFinished(() => void vi.unstubAllGlobals());
}

test("a reloaded page continues with its cookie, and stores no refresh token", async () => {
  keepCookies();
  const cache = new MemoryCache();
  const first = await person("ann", { cookie: true, cache });
  first.close();
  expect(JSON.stringify(await cache.load("state"))).toContain('"refreshToken":null');
  const second = client({ cookie: true });
  expect(await second.restore()).toBe(true);
  await online(second);
  expect(me(second).id).toBe(me(first).id);
  await second.signOut();
  expect(await client({ cookie: true }).restore()).toBe(false);
});

test("without a session there is nothing to restore", async () => {
  expect(await client().restore()).toBe(false);
  expect(await client({ cookie: true }).restore()).toBe(false);
});

test("a session that another device ends is over", async () => {
  const cache = new MemoryCache();
  const here = await person("ann", { cache });
  const there = client();
  await there.signIn({ login: me(here).username, password: PASSWORD });
  const ended = event(here);
  const sessions = await there.api.get("/auth/sessions");
  const id = sessions.items.find(({ current }) => !current)?.id ?? "";
  await there.api.delete("/auth/sessions/{id}", { path: { id } });
  await ended;
  expect(here.account.get()).toBeNull();
  expect(await cache.load("state")).toEqual([]);
});

test("tokens are refreshed before they expire, and after they have expired", async () => {
  const server = await Server.start({ ACCESS_TOKEN_TTL: String(TTL) });
  onTestFinished(() => server.close());
  const wire = await Wire.to(server.url);
  const chat = await person("ann", { url: wire.url });
  const expired = { value: (await inside(chat).session.freshToken()) ?? "", refreshAt: Infinity };
  const states: string[] = [];
  // As if the clock were set back, or a timer were a little early.
  const now = Date.now;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now() - 50);
  onTestFinished(() => clock.mockRestore());
  const stop = chat.connection.subscribe(() => states.push(chat.connection.get().state));
  await sleep((TTL + 1.5) * 1000);
  expect(states).toEqual([]);
  stop();
  inside(chat).session.token = expired;
  expect((await chat.api.get("/unread")).total).toBe(0);
  wire.cut();
  await until(chat.connection, ({ state }) => state === "waiting");
  inside(chat).session.token = expired;
  wire.mend();
  await online(chat);
});

test("all calls that need a token wait for the same refresh", async () => {
  const chat = await person("ann");
  const before = await inside(chat).session.freshToken();
  let refreshes = 0;
  inside(chat).session.onToken = () => refreshes++;
  inside(chat).session.token = null;
  await Promise.all(Array.from({ length: 10 }, () => chat.api.get("/unread")));
  expect(refreshes).toBe(1);
  expect(await inside(chat).session.freshToken()).not.toBe(before);
});

test("an answer without content is not taken for one that was cut off", async () => {
  const body = { email: "nobody@example.com" };
  expect(await client().api.post("/auth/password/forgot", { body })).toBeUndefined();
});

test("changes of the account by another device are there when they are requested", async () => {
  const ann = await person("ann");
  const other = client();
  await other.signIn({ login: me(ann).username, password: PASSWORD });
  await other.updateMe({ preferences: { enter_sends: false } });
  await ann.loadMe();
  expect(me(ann).preferences).toEqual({ enter_sends: false });
});
