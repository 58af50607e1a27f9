import { expect, test } from "vitest";
import { parse } from "./routes.ts";

test("every address leads where it says", () => {
  expect(parse("/")).toEqual({ name: "home" });
  expect(parse("/rooms/r1")).toEqual({ name: "room", id: "r1", seq: null });
  expect(parse("/rooms/r1/42")).toEqual({ name: "room", id: "r1", seq: 42 });
  expect(parse("/settings")).toEqual({ name: "settings", section: null });
  expect(parse("/settings/devices")).toEqual({ name: "settings", section: "devices" });
  expect(parse("/invites/a_b-C")).toEqual({ name: "invite", code: "a_b-C" });
  expect(parse("/sign-in")).toEqual({ name: "signIn" });
});

test("the links of mails and invites are behind a #", () => {
  expect(parse("/", "#reset=a_b-c")).toEqual({ name: "reset", token: "a_b-c" });
  expect(parse("/", "#verify=x")).toEqual({ name: "verify", token: "x" });
  expect(parse("/", "#undo-email=x")).toEqual({ name: "undoEmail", token: "x" });
  expect(parse("/", "#invite=x")).toEqual({ name: "invite", code: "x" });
  expect(parse("/rooms/r1", "#main")).toEqual({ name: "room", id: "r1", seq: null });
});

test("any other address is nowhere", () => {
  for (const path of ["/rooms", "/rooms/", "/rooms/r1/x", "/rooms/r1/42/7", "/Settings", "//"]) {
    expect(parse(path)).toEqual({ name: "nowhere" });
  }
});
