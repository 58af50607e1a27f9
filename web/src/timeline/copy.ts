import type { Message } from "realtime-chat-sdk";
import { paths } from "../lib/router.tsx";
import { toast } from "../lib/toasts.ts";
import { text } from "../text/index.ts";

export function copyText(message: Message): void {
  copy(message.text);
}

export function copyLink(message: Message): void {
  copy(`${location.origin}${paths.room(message.room_id, message.seq)}`);
}

/** Copies to the clipboard, and says so. */
export async function copy(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    toast(text.room.message.copied);
  } catch {
    // The clipboard is not available on pages without HTTPS.
    toast(text.errors.other, { kind: "danger" });
  }
}
