import { ChatError } from "realtime-chat-sdk";
import { after } from "../text/format.ts";
import { text } from "../text/index.ts";

/** A failure in the reader's language. */
export function refusal(error: unknown): string {
  if (!(error instanceof ChatError)) return text.errors.other;
  // A conflict without a field is a limit that was reached, not a name that is taken.
  if (error.code === "conflict" && error.errors.length === 0) return capitalized(error.message);
  const words: string | ((when: string) => string) | undefined =
    text.errors[error.code as keyof typeof text.errors];
  if (typeof words === "function") return words(after(error.retry_after ?? 1));
  return words ?? text.errors.other;
}

/** The server's message, as a sentence of its own. */
export function capitalized(message: string): string {
  return message.charAt(0).toLocaleUpperCase() + message.slice(1);
}
