import { expect, test } from "vitest";
import { parseRoute } from "./routes.ts";

test("every address leads where it says", () => {
  expect(parseRoute("/")).toEqual({ name: "home" });
  expect(parseRoute("/rooms/r1")).toEqual({ name: "room", id: "r1", seq: null });
  expect(parseRoute("/rooms/r1/42")).toEqual({ name: "room", id: "r1", seq: 42 });
  expect(parseRoute("/settings")).toEqual({ name: "settings", section: null });
  expect(parseRoute("/settings/devices")).toEqual({ name: "settings", section: "devices" });
  expect(parseRoute("/invites/a_b-C")).toEqual({ name: "invite", code: "a_b-C" });
  expect(parseRoute("/sign-in")).toEqual({ name: "signIn" });
});

test("the tokens of mails and invites come after a #", () => {
  expect(parseRoute("/", "#reset=a_b-c")).toEqual({ name: "reset", token: "a_b-c" });
  expect(parseRoute("/", "#verify=x")).toEqual({ name: "verify", token: "x" });
  expect(parseRoute("/", "#undo-email=x")).toEqual({ name: "undoEmail", token: "x" });
  expect(parseRoute("/", "#invite=x")).toEqual({ name: "invite", code: "x" });
  expect(parseRoute("/rooms/r1", "#main")).toEqual({ name: "room", id: "r1", seq: null });
});

test("any other address leads nowhere", () => {
  for (const path of ["/rooms", "/rooms/", "/rooms/r1/x", "/rooms/r1/42/7", "/Settings", "//"]) {
    expect(parseRoute(path)).toEqual({ name: "nowhere" });
  }
});
