/** Messages on their way: one at a time, in order, each until the server has it. */

import type { Cache, Entry } from "./cache.ts";
import { asChatError, type ChatError, forget } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Attachment, Draft, Message, Outgoing } from "./types.ts";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** What is sent; the rest of an `Outgoing` is for the eye. */
export interface Letter {
  readonly room_id: string;
  readonly client_id: string;
  readonly text: string;
  readonly attachment_ids: readonly string[];
  readonly reply_to_seq: number | null;
}

export class Outbox {
  onChange: (roomId: string) => void = () => {};
  onSent: (message: Message) => void = () => {};
  private items: readonly Outgoing[] = [];
  /** Acknowledged, and not heard of in the room yet: shown until then. */
  private readonly sent = new Map<string, Message>();
  private sending = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly post: (letter: Letter) => Promise<Message>,
  ) {}

  of(roomId: string): readonly Outgoing[] {
    return this.items.filter((each) => each.roomId === roomId);
  }

  async load(): Promise<void> {
    const kept = (await this.cache.load("outbox")).map(([, value]) => value as Outgoing);
    const known = new Set(this.items.map((each) => each.clientId));
    const older = kept.filter((each) => !known.has(each.clientId));
    this.items = [...older.sort(byAge), ...this.items];
  }

  add(roomId: string, { text = "", attachments = [], replyTo = null }: Draft): Outgoing {
    const outgoing: Outgoing = {
      clientId: newId(),
      roomId,
      text,
      attachments: attachments as readonly Attachment[],
      replyTo,
      state: "sending",
      error: null,
      createdAt: new Date().toISOString(),
    };
    this.items = [...this.items, outgoing];
    this.keep(outgoing);
    this.onChange(roomId);
    this.drain();
    return outgoing;
  }

  retry(clientId: string): void {
    this.change(clientId, { state: "sending", error: null });
    this.drain();
  }

  discard(clientId: string): void {
    const found = this.items.find((each) => each.clientId === clientId);
    if (!found) return;
    this.items = this.items.filter((each) => each !== found);
    this.sent.delete(clientId);
    this.save([["outbox", clientId, undefined]]);
    this.onChange(found.roomId);
  }

  /** A message is in its room: what it was sent as is done. */
  arrived(message: Message): void {
    if (message.client_id) this.discard(message.client_id);
  }

  /** The room is held at this version: whatever was acknowledged up to it is shown there. */
  reached(roomId: string, version: number): void {
    for (const [clientId, message] of this.sent) {
      if (message.room_id === roomId && message.version <= version) this.discard(clientId);
    }
  }

  /** Of a room that one has left. */
  dropRoom(roomId: string): void {
    for (const { clientId } of this.of(roomId)) this.discard(clientId);
  }

  /** Sends what is there, now. */
  drain(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.sending) forget(this.sendAll());
  }

  /** Nothing is sent until `drain`. */
  pause(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  clear(): void {
    this.pause();
    this.items = [];
    this.sent.clear();
  }

  private async sendAll(): Promise<void> {
    this.sending = true;
    try {
      for (let next = this.next(); next && this.timer === undefined; next = this.next()) {
        await this.sendOne(next);
      }
    } finally {
      this.sending = false;
    }
  }

  private next(): Outgoing | undefined {
    return this.items.find((each) => each.state === "sending" && !this.sent.has(each.clientId));
  }

  private async sendOne(outgoing: Outgoing): Promise<void> {
    try {
      const message = await this.post(asLetter(outgoing));
      this.failures = 0;
      if (!this.items.some((each) => each.clientId === outgoing.clientId)) return;
      this.sent.set(outgoing.clientId, message);
      this.save([["outbox", outgoing.clientId, undefined]]);
      this.onSent(message);
    } catch (reason) {
      const error = asChatError(reason);
      if (error.temporary) this.wait(error);
      else this.change(outgoing.clientId, { state: "failed", error });
    }
  }

  private wait(error: ChatError): void {
    const longest = Math.min(FIRST_WAIT * 2 ** this.failures++, LONGEST_WAIT);
    const wait = Math.max((error.retry_after ?? 0) * 1000, longest * (0.5 + Math.random() / 2));
    this.timer = setTimeout(() => this.drain(), wait);
  }

  private change(clientId: string, change: Partial<Outgoing>): void {
    const old = this.items.find((each) => each.clientId === clientId);
    if (!old) return;
    const changed = { ...old, ...change };
    this.items = this.items.map((each) => (each === old ? changed : each));
    this.keep(changed);
    this.onChange(old.roomId);
  }

  private keep(outgoing: Outgoing): void {
    // An error is no plain data.
    this.save([["outbox", outgoing.clientId, { ...outgoing, error: null }]]);
  }

  private save(entries: readonly Entry[]): void {
    forget(this.cache.save(entries));
  }
}

function asLetter({ clientId, roomId, text, attachments, replyTo }: Outgoing): Letter {
  return {
    room_id: roomId,
    client_id: clientId,
    text,
    attachment_ids: attachments.map((each) => each.id),
    reply_to_seq: replyTo?.seq ?? null,
  };
}

function byAge(a: Outgoing, b: Outgoing): number {
  return a.createdAt < b.createdAt ? -1 : 1;
}
