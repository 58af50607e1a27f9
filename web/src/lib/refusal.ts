import { ChatError } from "realtime-chat-sdk";
import { text } from "../text/index.ts";

/** A failure in the reader's language. */
export function refusal(error: unknown): string {
  if (!(error instanceof ChatError)) return text.errors.other;
  const words: string | ((seconds: number) => string) | undefined =
    text.errors[error.code as keyof typeof text.errors];
  if (typeof words === "function") return words(error.retry_after ?? 1);
  return words ?? text.errors.other;
}
