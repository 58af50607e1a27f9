/** Sessions that come from elsewhere, and servers at other addresses. */

import { createServer, type IncomingMessage, request } from "node:http";
import { connect as dial, type Socket } from "node:net";
import { expect, inject, onTestFinished, test } from "vitest";
import { Chat, ChatError, MemoryCache, type Session } from "../src/index.ts";
import { isSameSite } from "../src/origin-check.ts";
import { client, group, inside, me, newName, online, PASSWORD, person, shows } from "./people.ts";

/** A server of somebody's own that signs its users in here. */
async function signUpElsewhere(name: string): Promise<() => Promise<Session>> {
  const username = newName(name);
  const post = async (path: string, body: object): Promise<Session> => {
    const answer = await fetch(`${inject("url")}/api/v1/auth/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return answer.json() as Promise<Session>;
  };
  await post("signup", { email: `${username}@example.com`, username, password: PASSWORD });
  return () => post("signin", { login: username, password: PASSWORD });
}

test("a session from elsewhere is asked for at the start and at each refresh, and not kept", async () => {
  const cache = new MemoryCache();
  const give = await signUpElsewhere("ann");
  let asked = 0;
  const session = () => {
    asked++;
    return give();
  };
  const chat = client({ session, cache });
  expect(await chat.restore()).toBe(true);
  await online(chat);
  expect(asked).toBe(1);
  inside(chat).session.token = null;
  await Promise.all([chat.api.get("/unread"), chat.api.get("/rooms")]);
  expect(asked).toBe(2);
  expect(JSON.stringify(await cache.load("state"))).toContain('"refreshToken":null');
  await expect(chat.signIn({ login: "ann", password: PASSWORD })).rejects.toThrow("elsewhere");
});

test("a session that cannot be given for a while is asked for again", async () => {
  const give = await signUpElsewhere("ann");
  let fails = true;
  const chat = client({
    session: async () => {
      if (fails) throw new Error("my server is away");
      return give();
    },
  });
  const refused = await chat.restore().catch((error) => error);
  expect([refused.code, refused.temporary]).toEqual(["unavailable", true]);
  fails = false;
  expect(await chat.restore()).toBe(true);
  await online(chat);
  fails = true;
  inside(chat).session.token = null;
  await expect(chat.api.get("/unread")).rejects.toThrow("my server is away");
  expect(chat.account.get()).not.toBeNull();
});

test("when no session is given any more, it is over", async () => {
  const give = await signUpElsewhere("ann");
  let isOver = false;
  const chat = client({ session: async () => (isOver ? null : give()) });
  await chat.restore();
  await online(chat);
  const ended = new Promise((resolve) => chat.on("signed_out", resolve));
  isOver = true;
  inside(chat).session.token = null;
  await expect(chat.api.get("/unread")).rejects.toBeInstanceOf(ChatError);
  await ended;
  expect(chat.account.get()).toBeNull();
  expect(await chat.restore()).toBe(false);
});

test("when the session given is another user's, nothing of the first one is left", async () => {
  const [ann, bob] = [await signUpElsewhere("ann"), await signUpElsewhere("bob")];
  let give = ann;
  const cache = new MemoryCache();
  const chat = client({ session: () => give(), cache });
  await chat.restore();
  await online(chat);
  const first = me(chat).id;
  await chat.createRoom({ name: "Ann's" });
  give = bob;
  inside(chat).session.token = null;
  expect((await chat.api.get("/unread")).total).toBe(0);
  await online(chat);
  expect(me(chat).id).not.toBe(first);
  expect(chat.rooms.get()).toEqual([]);
  expect(JSON.stringify(await cache.load("state"))).not.toContain(first);
});

test("what is no session is refused in words", async () => {
  const chat = client({ session: async () => ({ token: "x" }) as unknown as Session });
  await expect(chat.restore()).rejects.toThrow("{user, access_token, expires_in}");
  expect(() => new Chat({ url: inject("url"), cookie: true, session: async () => null })).toThrow(
    "exclude each other",
  );
});

/** A proxy that serves the server below `/chat`, or Socket.IO elsewhere. */
async function proxied(to: (path: string) => string | null): Promise<string> {
  const far = new URL(inject("url"));
  const open = new Set<Socket>();
  const proxy = createServer((incoming, answer) => {
    const path = to(incoming.url ?? "");
    if (path === null) return answer.writeHead(404).end();
    const { method, headers } = incoming;
    const outgoing = request(new URL(path, far), { method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  proxy.on("upgrade", ({ url, rawHeaders }: IncomingMessage, socket: Socket) => {
    const path = to(url ?? "");
    if (path === null) return socket.destroy();
    const upstream = dial(Number(far.port), far.hostname);
    const lines = rawHeaders.map((text, at) => (at % 2 ? `${text}\r\n` : `${text}: `)).join("");
    upstream.write(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
    socket.pipe(upstream).pipe(socket);
    for (const each of [socket, upstream]) each.on("error", () => {});
  });
  proxy.on("connection", (socket) => open.add(socket));
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  if (!address || typeof address === "string") throw new Error("not listening");
  return `http://127.0.0.1:${address.port}`;
}

async function talks(options: { url: string; path?: string }): Promise<void> {
  const chat = await person("ann", options);
  const [room] = await group(chat);
  room.send({ text: "hello" });
  await shows(room, "hello");
  expect(inside(chat).connection.connected).toBe(true);
}

test("a server below a path of its host is found", async () => {
  const below = (path: string) => (path.startsWith("/chat/") ? path.slice(5) : null);
  const url = await proxied(below);
  await talks({ url: `${url}/chat` });
  await talks({ url: `${url}/chat/` });
});

test("Socket.IO may have another path", async () => {
  const url = await proxied((path) => {
    if (path.startsWith("/socket.io")) return null;
    return path.replace(/^\/live\/io\//, "/socket.io/");
  });
  await talks({ url, path: "/live/io" });
});

test.each(["chat.example.com", "ftp://chat.example.com", "http://"])("%s is no address", (url) => {
  expect(() => new Chat({ url })).toThrow(TypeError);
});

test.each([
  ["https://chat.example.com", "https://www.example.com", true],
  ["http://localhost:5173", "http://localhost:8080", true],
  ["http://127.0.0.1:1", "http://127.0.0.1:2", true],
  ["http://localhost", "http://127.0.0.1", false],
  ["http://10.0.0.1", "http://11.0.0.1", false],
  ["http://chat.example.com", "https://chat.example.com", false],
  ["https://shop.example", "https://chat.example", false],
])("%s and %s: of one site is %s", (page, server, isOne) => {
  expect(isSameSite(new URL(page), new URL(server))).toBe(isOne);
});

test("a cookie across sites is refused in words, before anything is sent", async () => {
  const { location } = globalThis;
  Object.assign(globalThis, { location: { href: "https://shop.example/cart" } });
  onTestFinished(() => void Object.assign(globalThis, { location }));
  const chat = client({ cookie: true });
  const body = { login: "ann", password: PASSWORD };
  const refused = await chat.signIn(body).catch((error) => error);
  expect([refused.code, refused.temporary]).toEqual(["forbidden", false]);
  expect(refused.message).toContain("https://shop.example is another site");
  await expect(chat.restore()).rejects.toThrow("another site");
});
