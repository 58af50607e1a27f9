import type { Me } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import { addToGroups } from "./preferences.ts";

test.each([
  [{}, "everyone"],
  [{ add_to_groups: "nobody" }, "nobody"],
  [{ add_to_groups: "acquainted" }, "acquainted"],
  [{ add_to_groups: "friends of friends" }, "everyone"],
])("%j: %s may add one to groups", (preferences, who) => {
  expect(addToGroups({ preferences } as Me)).toBe(who);
});
