/** How one gets out of a room, and how the library says so. */

import { expect, inject, test } from "vitest";
import { group, me, person, until } from "./people.ts";
import { Wire } from "./wire.ts";

test("a handle says whether one left, was removed, or the room was deleted", async () => {
  const [ann, bob] = await Promise.all([person("ann"), person("bob")]);
  const [here, there] = await group(ann, bob);
  expect(there.departure.get()).toBeNull();
  await here.removeMember(me(bob).id);
  const removed = await until(there.departure, (now) => now !== null);
  expect(removed).toMatchObject({ reason: "removed", room: { id: here.id, name: "Group" } });
  await here.addMembers([me(bob).id]);
  await until(there.departure, (now) => now === null);
  await there.leave();
  expect(there.departure.get()?.reason).toBe("left");
  await ann.api.delete("/rooms/{room_id}", { path: { room_id: here.id } });
  await until(here.departure, (now) => now?.reason === "deleted");
});

test("what happened while nobody was connected is not known", async () => {
  const wire = await Wire.to(inject("url"));
  const [ann, bob] = await Promise.all([person("ann"), person("bob", { url: wire.url })]);
  const [here, there] = await group(ann, bob);
  wire.cut();
  await until(bob.connection, ({ state }) => state === "waiting");
  await here.removeMember(me(bob).id);
  wire.mend();
  await until(there.departure, (now) => now?.reason === "unknown");
  await bob.signOut();
  expect(there.departure.get()?.reason).toBe("unknown");
});

test("the end of a session is no departure", async () => {
  const ann = await person("ann");
  const [here] = await group(ann);
  await ann.signOut();
  expect([here.info.get(), here.departure.get()]).toEqual([null, null]);
});
