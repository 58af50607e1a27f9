import { expect, test } from "vitest";
import { group, me, person, shows, until } from "./people.ts";

test("two people talk", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  const outgoing = here.send({ text: "hello" });
  expect(here.timeline.get().outgoing).toEqual([outgoing]);
  await Promise.all([shows(here, "hello"), shows(there, "hello")]);
  there.send({ text: "hello yourself" });
  await Promise.all([here, there].map((room) => shows(room, "hello", "hello yourself")));
  expect(there.timeline.get().messages).toEqual(here.timeline.get().messages);
});

test("unread counts and read marks reach everybody", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  for (const text of ["one", "two", "three"]) here.send({ text });
  await until(bob.unread, ({ total }) => total === 3);
  await shows(there, "one", "two", "three");
  const last = there.timeline.get().messages.at(-1)?.seq ?? 0;
  there.markRead(last);
  expect(bob.unread.get().total).toBe(0);
  const mark = () => here.members.get().find(({ user }) => user.id === me(bob).id)?.last_read_seq;
  await until(here.members, () => mark() === last);
});
