/** Presence, typing, profiles, files and notifications. */

import { expect, test } from "vitest";
import { another, client, group, inside, me, PASSWORD, person, shows, until } from "./people.ts";

test("others see who is typing until the message arrives", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  here.typingNow();
  here.typingNow();
  await until(there.typing, (users) => users.join() === me(ann).id);
  expect(here.typing.get()).toEqual([]);
  here.send({ text: "typed" });
  await shows(there, "typed");
  await until(there.typing, (users) => users.length === 0);
  here.typingNow();
  await until(there.typing, (users) => users.length === 1);
  here.typingStopped();
  await until(there.typing, (users) => users.length === 0);
});

test("presence is known while somebody looks", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  await group(ann, bob);
  const presence = ann.presence(me(bob).id);
  expect(presence.get().status).toBe("offline");
  await until(presence, ({ status }) => status === "online");
  const stop = presence.subscribe(() => {});
  bob.close();
  await until(presence, ({ status }) => status === "offline");
  stop();
});

test("profiles are fetched together, and follow their changes", async () => {
  const [ann, bob, carl] = await Promise.all([person("ann"), person("bob"), person("carl")]);
  await group(ann, bob);
  const users = [ann.user(me(bob).id), ann.user(me(carl).id)];
  expect(users.map((user) => user.get()?.username)).toEqual([undefined, undefined]);
  await Promise.all(users.map((user) => until(user, (now) => now !== null)));
  expect(users.map((user) => user.get()?.username)).toEqual([me(bob).username, me(carl).username]);
  await bob.api.patch("/users/me", { body: { display_name: "Robert" } });
  await until(users[0] ?? ann.user(""), (now) => now?.display_name === "Robert");
  await until(bob.account, (now) => now?.display_name === "Robert");
});

test("two find each other in one direct room", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const here = await ann.directRoom(me(bob).id);
  const there = await bob.directRoom(me(ann).id);
  expect(there.id).toBe(here.id);
  expect(here.info.get()?.peer?.id).toBe(me(bob).id);
  await Promise.all([here.open(), there.open()]);
  here.send({ text: "psst" });
  await shows(there, "psst");
  await until(bob.notifications.list, (list) => list[0]?.kind === "direct_message");
});

test("a file is sent", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const parts: number[] = [];
  const file = new File(["hello, file"], "hello.txt", { type: "text/plain" });
  const attachment = await ann.upload(file, { onProgress: (part) => parts.push(part) });
  expect(parts.at(-1)).toBe(1);
  here.send({ attachments: [attachment] });
  await shows(there, "");
  const got = there.timeline.get().messages.at(-1)?.attachments[0];
  expect(got?.name).toBe("hello.txt");
  const answer = await fetch(new URL(got?.url ?? "", inside(ann).http.base));
  expect(await answer.text()).toBe("hello, file");
  const stopped = new AbortController();
  stopped.abort();
  await expect(ann.upload(file, { signal: stopped.signal })).rejects.toThrow();
});

test("notifications are listed, read on all devices, and come page by page", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const phone = await another(ann);
  const [, there] = await group(ann, bob);
  for (let number = 0; number < 35; number++) {
    there.send({ text: `@${me(ann).username} ${number}` });
  }
  const { list, unread } = ann.notifications;
  await ann.notifications.loadMore();
  await until(list, (found) => found.filter(({ kind }) => kind === "mention").length >= 35);
  await until(ann.unread, ({ mentions }) => mentions === 35);
  await phone.notifications.loadMore();
  expect(phone.notifications.hasMore.get()).toBe(true);
  await phone.notifications.loadMore();
  expect(phone.notifications.list.get()).toEqual(list.get());
  await ann.notifications.markRead([list.get()[0]?.id ?? ""]);
  await until(phone.notifications.list, (found) => found[0]?.read_at !== null);
  await ann.notifications.markRead("all");
  await until(phone.notifications.unread, (count) => count === 0);
  await until(unread, (count) => count === 0);
});

test("notifications that are requested before there is a connection arrive on connecting", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  await group(bob, ann);
  const phone = client();
  await phone.signIn({ login: me(ann).username, password: PASSWORD });
  await expect(phone.notifications.loadMore()).rejects.toMatchObject({ code: "unavailable" });
  await until(phone.notifications.list, (list) => list[0]?.kind === "added_to_room");
  expect(phone.notifications.hasMore.get()).toBe(false);
});

test("the settings of a room reach the user's other devices", async () => {
  const ann = await person("ann");
  const phone = await another(ann);
  const [here] = await group(ann);
  await until(phone.room(here.id).info, (info) => info !== null);
  await here.notify({ notify: "none" });
  expect(here.me?.notify).toBe("none");
  await until(phone.room(here.id).info, (info) => info?.me?.notify === "none");
  await here.update({ name: "Renamed" });
  await until(phone.room(here.id).info, (info) => info?.name === "Renamed");
});
