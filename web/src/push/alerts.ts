import type { Message, Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { desktopAlerts, soundsOn } from "../lib/preferences.ts";
import { userName } from "../people/names.ts";
import { isMuted, oneLine, roomName } from "../rooms/summary.ts";
import { isolate } from "../text/isolate.ts";
import { playSound } from "./sound.ts";
import { tellWorker } from "./worker.ts";

/**
 * The system shows new messages while nobody looks at this page. The service worker knows whether
 * somebody looks at another one.
 */
chat.on("message", ({ room, message }) => {
  const info = room.info.get();
  if (!info || isLookedAt() || !isWanted(info, message)) return;
  const [shows, sounds] = [isAllowed(), soundsOn(chat.account.get())];
  if (shows || sounds) {
    void tellWorker({ type: "alert", content: content(info, message), shows, sounds });
  }
});

navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data.type === "sound") void playSound().catch(() => {});
});

/** What the system shows of a message follows the message. */
chat.on("changed", ({ message }) => {
  const { room_id, seq, deleted_at } = message;
  const body = deleted_at ? null : oneLine(message);
  void tellWorker({ type: "changed", roomId: room_id, seq, body });
});

/** What the system shows of a room goes when the user is in the room no more. */
let before: ReadonlySet<string> = new Set();
chat.rooms.subscribe(() => {
  const now = new Set(chat.rooms.get().map(({ id }) => id));
  for (const roomId of before) if (!now.has(roomId)) void tellWorker({ type: "read", roomId });
  before = now;
});

/** The open room: its notifications are removed, since its messages are being read here. */
let open: string | null = null;

export function readAlerts(roomId: string | null): void {
  open = roomId;
  if (roomId && isLookedAt()) void tellWorker({ type: "read", roomId });
}

document.addEventListener("visibilitychange", () => readAlerts(open));
addEventListener("focus", () => readAlerts(open));

/** A window can be visible beside another one in which the user works. */
const isLookedAt = (): boolean => !document.hidden && document.hasFocus();

function isAllowed(): boolean {
  return globalThis.Notification?.permission === "granted" && desktopAlerts(chat.account.get());
}

/**
 * Whether the room's settings ask for this message: every message, only those addressed to the
 * user, or none.
 */
function isWanted(room: Room, message: Message): boolean {
  const me = chat.account.get()?.id;
  if (!me || message.kind !== "text" || message.author_id === me || isMuted(room)) return false;
  const isForMe = message.mentions.includes(me) || message.reply_to?.author_id === me;
  return room.me?.notify === "all" || isForMe;
}

function content(room: Room, message: Message) {
  const author = userName(message.author_id ? chat.user(message.author_id).get() : null);
  return {
    kind: "message",
    room_id: room.id,
    seq: message.seq,
    title: room.kind === "direct" ? author : `${isolate(author)} · ${isolate(roomName(room))}`,
    body: oneLine(message),
  };
}
