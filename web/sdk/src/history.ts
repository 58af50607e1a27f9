/** A range of a room's messages without a gap, as long as anybody can look at. */

import { laterCopy, type Update, withQuote } from "./merge.ts";
import type { Message } from "./types.ts";

/** Messages beyond this number are dropped, and fetched again when they are looked at. */
const MOST_HELD = 500;
const MOST_CLOSED = 50;

export class History {
  /**
   * Whether new messages are appended, and old ones dropped at the other end to make room for them.
   */
  following = true;
  /** The messages may be outdated until a page is fetched anew. */
  stale = false;
  /** Whether somebody is looking at the room. */
  opened = false;
  private items: readonly Message[] = [];
  /**
   * Changes that arrive while pages are being fetched, for messages that those pages may contain.
   */
  private kept: Update[] = [];
  private pages = 0;

  get messages(): readonly Message[] {
    return this.items;
  }

  get first(): number {
    return this.items[0]?.seq ?? 0;
  }

  get last(): number {
    return this.items.at(-1)?.seq ?? 0;
  }

  findMessage(seq: number): Message | undefined {
    return this.items[seq - this.first];
  }

  /**
   * Puts a message where it belongs: in place of its older copy, or right after the last message.
   */
  putMessage(change: Update): void {
    if (this.pages > 0) this.kept.push(change);
    const { seq } = change.message;
    const old = this.findMessage(seq);
    if (old) this.replace(old, laterCopy(old, change));
    else if (seq === 1 && this.items.length === 0) this.items = [laterCopy(old, change)];
    else if (this.following || this.items.length < MOST_HELD) this.append([laterCopy(old, change)]);
    // A message that is not held may still be quoted by one that is.
    if (!old) this.quoteAgain(change.message);
  }

  /** Restores cached messages: the latest ones as of the version that is held. */
  restoreMessages(messages: readonly Message[]): void {
    if (messages.length > 0) this.items = messages;
  }

  /** Keeps only the latest messages. */
  keepLatest(): void {
    this.items = this.items.slice(-MOST_CLOSED);
    this.following = true;
  }

  /** Keeps nothing but this, the latest message. */
  resetTo(last: Message | null): void {
    this.items = last ? [last] : [];
    this.stale = false;
    this.following = true;
    this.kept = [];
  }

  /**
   * Adds the page that `fetch` brings, updated by the changes that arrived meanwhile. It replaces
   * all messages ("anew"), or goes before or after them.
   */
  async loadPage(how: "anew" | "older" | "newer", fetch: () => Promise<readonly Message[]>) {
    this.pages++;
    try {
      const fetched = await fetch();
      const page = fetched
        .map((message) => this.withUpdates(message))
        .sort((a, b) => a.seq - b.seq);
      this.placePage(how === "older" ? page : this.withLaterMessages(page), how);
    } finally {
      if (--this.pages === 0) this.kept = [];
    }
  }

  /** The page, followed by messages that arrived while it was being fetched. */
  private withLaterMessages(page: readonly Message[]): readonly Message[] {
    const longer = [...page];
    for (const change of this.kept) {
      if (change.message.seq === (longer.at(-1)?.seq ?? 0) + 1)
        longer.push(laterCopy(undefined, change));
    }
    return longer;
  }

  private withUpdates(message: Message): Message {
    return this.kept.reduce((copy, change) => {
      const quoted = withQuote(copy, change.message);
      return change.message.seq === copy.seq ? laterCopy(quoted, change) : quoted;
    }, message);
  }

  private placePage(page: readonly Message[], how: "anew" | "older" | "newer"): void {
    if (how === "anew") {
      this.items = page;
      this.stale = false;
    } else if (how === "older" && page.at(-1)?.seq === this.first - 1) this.prepend(page);
    else if (how === "newer") this.append(page.filter(({ seq }) => seq > this.last));
  }

  private prepend(page: readonly Message[]): void {
    this.following = false;
    this.items = [...page, ...this.items].slice(0, MOST_HELD);
  }

  private append(page: readonly Message[]): void {
    if (page[0]?.seq !== this.last + 1) return;
    this.items = [...this.items, ...page].slice(this.opened ? -MOST_HELD : -MOST_CLOSED);
  }

  private quoteAgain(original: Message): void {
    const quoted = this.items.map((each) => withQuote(each, original));
    if (quoted.some((each, at) => each !== this.items[at])) this.items = quoted;
  }

  private replace(old: Message, changed: Message): void {
    if (old === changed) return;
    this.items = this.items.map((each) => (each === old ? changed : withQuote(each, changed)));
  }
}
