import { chat } from "../chat.ts";
import { cell, useValue } from "../lib/value.ts";

export interface RoomDraft {
  readonly text: string;
  /** The seq of the message that is answered. The message itself may change, or be deleted. */
  readonly replyTo: number | null;
}

const DRAFTS_KEY = "drafts";
const NO_DRAFT: RoomDraft = { text: "", replyTo: null };

/** Unsent texts by room. They outlive the page on this device. */
const drafts = cell<Readonly<Record<string, RoomDraft>>>(storedDrafts());

export function useDraft(roomId: string): RoomDraft {
  return useValue(drafts)[roomId] ?? NO_DRAFT;
}

export const readDraft = (roomId: string): RoomDraft => drafts.get()[roomId] ?? NO_DRAFT;

export function setDraft(roomId: string, change: Partial<RoomDraft>): void {
  const { [roomId]: old = NO_DRAFT, ...others } = drafts.get();
  const draft = { ...old, ...change };
  const empty = !draft.text && !draft.replyTo;
  drafts.set(empty ? others : { ...others, [roomId]: draft });
  storeDrafts();
}

function storedDrafts(): Readonly<Record<string, RoomDraft>> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(DRAFTS_KEY) ?? "{}");
    if (typeof found !== "object" || !found) return {};
    return Object.fromEntries(Object.entries(found).map(([id, kept]) => [id, asDraft(kept)]));
  } catch {
    return {};
  }
}

/** Earlier versions kept the whole message that is answered. */
function asDraft({ text, replyTo }: { text: string; replyTo: unknown }): RoomDraft {
  const { seq = replyTo } = (replyTo ?? {}) as { seq?: unknown };
  return { text: String(text), replyTo: typeof seq === "number" ? seq : null };
}

function storeDrafts(): void {
  try {
    localStorage.setItem(DRAFTS_KEY, JSON.stringify(drafts.get()));
  } catch {
    // The browser has no storage, or it is full: the draft lives as long as the page.
  }
}

// What an earlier version kept of other people's messages does not stay.
storeDrafts();

// Another tab has changed a draft.
addEventListener("storage", ({ key }) => {
  if (key === DRAFTS_KEY) drafts.set(storedDrafts());
});

chat.on("signed_out", () => {
  drafts.set({});
  storeDrafts();
});
