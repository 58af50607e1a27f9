import { ChatError, type Code } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import { refusal } from "./refusal.ts";

const refused = (code: string, message = "", retry: number | null = null, field?: string) =>
  refusal(new ChatError(code as Code, message, 400, field ? [{ field, message }] : [], retry));

test.each([
  ["rate_limited", 12, "Too many attempts. Please try again in 12 seconds."],
  ["rate_limited", 61, "Too many attempts. Please try again in 2 minutes."],
  ["rate_limited", 20 * 3600, "Too many attempts. Please try again in 20 hours."],
  ["rate_limited", null, "Too many attempts. Please try again in 1 second."],
])("%s after %s seconds", (code, retry, words) => {
  expect(refused(code, "", retry)).toBe(words);
});

test("a conflict about a limit is told apart from a name that is taken", () => {
  const most = "you are in 1000 rooms, which is the most";
  expect(refused("conflict", most)).toBe("You are in 1000 rooms, which is the most");
  expect(refused("conflict", "somebody has it", null, "username")).toBe("That is already taken.");
});

test.each(["validation_failed", "payload_too_large", "unsupported_media_type"])(
  "%s is told with the server's reason, if it gives one",
  (code) => {
    expect(refused(code, "the file is empty", null, "file")).toBe("The file is empty");
    expect(refused(code, "the file is empty")).toBe("The file is empty");
    expect(refused(code)).not.toBe("");
  },
);

test("a block is named whatever was tried", () => {
  expect(refused("blocked")).toBe("One of you has blocked the other.");
});

test("unknown errors have a text too", () => {
  expect(refused("brand_new")).toBe("That didn’t work. Please try again.");
  expect(refusal(new Error("x"))).toBe("That didn’t work. Please try again.");
});
