import type { Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { draftsKey } from "../lib/drafts-key.ts";
import { cell, useValue } from "../lib/value.ts";

export interface RoomDraft {
  readonly text: string;
  readonly replyTo: Message | null;
}

const EMPTY: RoomDraft = { text: "", replyTo: null };

/** Unsent texts by room. They outlive the page on this device, and wait here for their author. */
const drafts = cell<Readonly<Record<string, RoomDraft>>>({});
/** The user whose drafts these are. */
let owner: string | null = null;

chat.account.subscribe(showOwn);
showOwn();

function showOwn(): void {
  const id = chat.account.get()?.id ?? null;
  if (id === owner) return;
  owner = id;
  drafts.set(storedDrafts());
}

export function useDraft(roomId: string): RoomDraft {
  return useValue(drafts)[roomId] ?? EMPTY;
}

export const readDraft = (roomId: string): RoomDraft => drafts.get()[roomId] ?? EMPTY;

export function setDraft(roomId: string, change: Partial<RoomDraft>): void {
  const { [roomId]: old = EMPTY, ...others } = drafts.get();
  const draft = { ...old, ...change };
  const empty = !draft.text && !draft.replyTo;
  drafts.set(empty ? others : { ...others, [roomId]: draft });
  storeDrafts();
}

function storedDrafts(): Readonly<Record<string, RoomDraft>> {
  try {
    const kept = owner && localStorage.getItem(draftsKey(owner));
    const found: unknown = JSON.parse(kept ?? "{}");
    return typeof found === "object" && found ? (found as Record<string, RoomDraft>) : {};
  } catch {
    return {};
  }
}

function storeDrafts(): void {
  try {
    if (owner) localStorage.setItem(draftsKey(owner), JSON.stringify(drafts.get()));
  } catch {
    // The browser has no storage, or it is full: the draft lives as long as the page.
  }
}

// Another tab has changed a draft.
addEventListener("storage", ({ key }) => {
  if (owner && key === draftsKey(owner)) drafts.set(storedDrafts());
});

chat.on("signed_out", ({ userId, kept }) => {
  if (!kept) localStorage.removeItem(draftsKey(userId));
});
