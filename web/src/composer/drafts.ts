import { chat } from "../chat.ts";
import { draftsKey } from "../lib/drafts-key.ts";
import { cell, useValue } from "../lib/value.ts";

export interface RoomDraft {
  readonly text: string;
  /** The seq of the message that is answered. The message itself may change, or be deleted. */
  readonly replyTo: number | null;
}

/** Where earlier versions kept the drafts of whoever was signed in. */
const EARLIER_KEY = "drafts";
const NO_DRAFT: RoomDraft = { text: "", replyTo: null };

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
  if (!owner) return;
  // What an earlier version kept of other people's messages does not stay.
  storeDrafts();
  localStorage.removeItem(EARLIER_KEY);
}

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
    const kept =
      owner && (localStorage.getItem(draftsKey(owner)) ?? localStorage.getItem(EARLIER_KEY));
    const found: unknown = JSON.parse(kept || "{}");
    if (typeof found !== "object" || !found) return {};
    return Object.fromEntries(Object.entries(found).map(([id, each]) => [id, asDraft(each)]));
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
