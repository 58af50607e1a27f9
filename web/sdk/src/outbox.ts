/** Messages on their way: sent one at a time, in order, each until the server has it. */

import { Backoff } from "./backoff.ts";
import type { Cache, Entry } from "./cache.ts";
import { asChatError, type ChatError, ignoreFailure } from "./errors.ts";
import type { KeptOutgoing } from "./forget.ts";
import { newId } from "./ids.ts";
import type { Attachment, Draft, Message, Outgoing } from "./types.ts";
import { Derived } from "./value.ts";

const LONGEST_SEND_WAIT = 30_000;
/** The session is over, or about to be renewed: the message waits for the next one. */
const SESSION_OVER: ReadonlySet<string> = new Set(["unauthenticated", "token_expired"]);

/** The part of an `Outgoing` that is sent. The rest is for display. */
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
  /** The number of messages that are not acknowledged. */
  readonly unsent = new Derived(
    () => this.items.filter(({ clientId }) => !this.sent.has(clientId)).length,
  );
  private items: readonly Outgoing[] = [];
  /** The items of each room. The list stays the same object until it changes. */
  private readonly rooms = new Map<string, readonly Outgoing[]>();
  /**
   * Messages that are acknowledged but have not arrived in their room yet: they stay visible until
   * then.
   */
  private readonly sent = new Map<string, Message>();
  private sending = false;
  private readonly backoff = new Backoff(LONGEST_SEND_WAIT);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly post: (letter: Letter) => Promise<Message>,
    private readonly myId: () => string,
  ) {}

  outgoingIn(roomId: string): readonly Outgoing[] {
    const known = this.rooms.get(roomId);
    if (known) return known;
    const found = this.items.filter((each) => each.roomId === roomId);
    this.rooms.set(roomId, found);
    return found;
  }

  /** Loads what the signed-in user has not sent yet. The cache may have messages of others too. */
  async loadOutgoing(): Promise<void> {
    const [kept, me] = [await this.loadKept(), this.myId()];
    const known = new Set(this.items.map((each) => each.clientId));
    const older = kept.filter(({ owner = me, clientId }) => owner === me && !known.has(clientId));
    this.setItems([...older.sort(byAge), ...this.items]);
    for (const each of older) if (each.owner === undefined) this.saveOutgoing(each);
  }

  async countUnsent(): Promise<number> {
    const [kept, me] = [await this.loadKept(), this.myId()];
    const cached = kept.filter(({ owner = me }) => owner === me);
    const all = new Set([...cached, ...this.items].map(({ clientId }) => clientId));
    return [...all].filter((clientId) => !this.sent.has(clientId)).length;
  }

  private async loadKept(): Promise<readonly KeptOutgoing[]> {
    return (await this.cache.load("outbox")).map(([, value]) => value as KeptOutgoing);
  }

  addDraft(roomId: string, { text = "", attachments = [], replyTo = null }: Draft): Outgoing {
    const outgoing: Outgoing = {
      clientId: newId(),
      roomId,
      text,
      attachments: attachments as readonly Attachment[],
      replyTo: replyTo && { seq: replyTo.seq },
      state: "sending",
      error: null,
      createdAt: new Date().toISOString(),
    };
    this.setItems([...this.items, outgoing]);
    this.saveOutgoing(outgoing);
    this.onChange(roomId);
    if (this.timer === undefined) this.startSending();
    return outgoing;
  }

  retryOutgoing(clientId: string): void {
    this.changeOutgoing(clientId, { state: "sending", error: null });
    this.sendNow();
  }

  discardOutgoing(clientId: string): void {
    const found = this.items.find((each) => each.clientId === clientId);
    if (!found) return;
    this.setItems(this.items.filter((each) => each !== found));
    this.sent.delete(clientId);
    this.save([["outbox", clientId, undefined]]);
    this.onChange(found.roomId);
  }

  /** A message has arrived in its room, so its outgoing copy is done. */
  messageArrived(message: Message): void {
    if (message.client_id) this.discardOutgoing(message.client_id);
  }

  /** The room is held at this version, so it contains all messages acknowledged up to there. */
  versionReached(roomId: string, version: number): void {
    for (const [clientId, message] of this.sent) {
      if (message.room_id === roomId && message.version <= version) this.discardOutgoing(clientId);
    }
  }

  /** Sends what is there, without waiting for the next attempt. */
  sendNow(): void {
    this.backoff.reset();
    this.startSending();
  }

  /** Stops sending until `sendNow` is called. */
  pauseSending(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  clearOutgoing(): void {
    this.pauseSending();
    this.setItems([]);
    this.sent.clear();
  }

  private setItems(items: readonly Outgoing[]): void {
    this.items = items;
    this.rooms.clear();
    this.unsent.touch();
  }

  private startSending(): void {
    this.pauseSending();
    if (!this.sending) ignoreFailure(this.sendAll());
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
      this.backoff.reset();
      if (!this.items.some((each) => each.clientId === outgoing.clientId)) return;
      this.sent.set(outgoing.clientId, message);
      this.unsent.touch();
      this.save([["outbox", outgoing.clientId, undefined]]);
      this.onSent(message);
    } catch (reason) {
      const error = asChatError(reason);
      if (error.temporary || SESSION_OVER.has(error.code)) this.wait(error);
      else this.changeOutgoing(outgoing.clientId, { state: "failed", error });
    }
  }

  private wait({ retry_after }: ChatError): void {
    this.timer = setTimeout(() => this.startSending(), this.backoff.next(retry_after));
  }

  private changeOutgoing(clientId: string, change: Partial<Outgoing>): void {
    const old = this.items.find((each) => each.clientId === clientId);
    if (!old) return;
    const changed = { ...old, ...change };
    this.setItems(this.items.map((each) => (each === old ? changed : each)));
    this.saveOutgoing(changed);
    this.onChange(old.roomId);
  }

  private saveOutgoing(outgoing: Outgoing): void {
    // An error cannot be stored as plain data.
    const kept: KeptOutgoing = { ...outgoing, error: null, owner: this.myId() };
    this.save([["outbox", outgoing.clientId, kept]]);
  }

  private save(entries: readonly Entry[]): void {
    ignoreFailure(this.cache.save(entries));
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
