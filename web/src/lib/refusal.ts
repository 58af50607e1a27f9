import { ChatError } from "realtime-chat-sdk";
import { after } from "../text/format.ts";
import { text } from "../text/index.ts";

/** Codes that say too little: what is wrong with what was sent is in the server's message. */
const REASONED: ReadonlySet<string> = new Set([
  "validation_failed",
  "payload_too_large",
  "unsupported_media_type",
]);

/** A failure in the reader's language, or with the server's reason. */
export function refusal(error: unknown): string {
  if (!(error instanceof ChatError)) return text.errors.other;
  // A conflict without a field is a limit that was reached, not a name that is taken.
  if (error.code === "conflict" && error.errors.length === 0) return capitalized(error.message);
  const reason = REASONED.has(error.code) && (error.errors[0]?.message || error.message);
  if (reason) return capitalized(reason);
  const words: string | ((when: string) => string) | undefined =
    text.errors[error.code as keyof typeof text.errors];
  if (typeof words === "function") return words(after(error.retry_after ?? 1));
  return words ?? text.errors.other;
}

/** The server's message, as a sentence of its own. */
export function capitalized(message: string): string {
  return message.charAt(0).toLocaleUpperCase() + message.slice(1);
}
