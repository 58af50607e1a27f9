/** Messages on their way: sent one at a time, in order, each until the server has it. */

import { Backoff } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import { asChatError, ChatError, ignoreFailure } from "./errors.ts";
import { FileUploads } from "./file-uploads.ts";
import { newId } from "./ids.ts";
import type { Attachment, Draft, Message, Outgoing } from "./types.ts";
import { UnsentCache } from "./unsent-cache.ts";
import { Derived } from "./value.ts";

const LONGEST_SEND_WAIT = 30_000;
/** The session is over, or about to be renewed: the message waits for the next one. */
const SESSION_OVER: ReadonlySet<string> = new Set(["unauthenticated", "token_expired"]);
/** Bytes of all files that wait to be uploaded. They are kept in the cache. */
const MOST_WAITING_BYTES = 100 * 1000 * 1000;

/** The part of an `Outgoing` that is sent. The rest is for display. */
export interface SendPayload {
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
  private paused = false;
  private readonly backoff = new Backoff(LONGEST_SEND_WAIT);
  private timer: ReturnType<typeof setTimeout> | undefined;

  private readonly kept: UnsentCache;
  private readonly uploads: FileUploads;

  constructor(
    cache: Cache,
    private readonly sendMessage: (payload: SendPayload) => Promise<Message>,
    upload: (file: File, signal: AbortSignal) => Promise<Attachment>,
    myId: () => string,
  ) {
    this.kept = new UnsentCache(cache, myId);
    this.uploads = new FileUploads(upload, {
      waiting: () => this.items.filter(({ state, files }) => state === "sending" && files.length),
      onUploaded: (clientId, file, attachment) => this.fileUploaded(clientId, file, attachment),
      onRefused: (clientId, file, error) => this.fileRefused(clientId, file, error),
      onPatienceEnded: () => this.sendMore(),
    });
  }

  outgoingIn(roomId: string): readonly Outgoing[] {
    const known = this.rooms.get(roomId);
    if (known) return known;
    const found = this.items.filter((each) => each.roomId === roomId);
    this.rooms.set(roomId, found);
    return found;
  }

  /** Loads what the signed-in user has not sent yet. */
  async loadOutgoing(): Promise<void> {
    const found = await this.kept.loadUnsent();
    const known = new Set(this.items.map((each) => each.clientId));
    this.setItems([...found.filter(({ clientId }) => !known.has(clientId)), ...this.items]);
  }

  async countUnsent(): Promise<number> {
    const found = await this.kept.loadUnsent();
    const all = new Set([...found, ...this.items].map(({ clientId }) => clientId));
    return [...all].filter((clientId) => !this.sent.has(clientId)).length;
  }

  /**
   * A message that is on its way already is not added again. One that has failed is replaced.
   * Throws `storage_full` if too many bytes of files would wait to be uploaded.
   */
  addDraft(roomId: string, draft: Draft): Outgoing {
    const { text = "", attachments = [], files = [], replyTo = null, clientId = newId() } = draft;
    const known = this.items.find((each) => each.clientId === clientId);
    if (known && known.roomId !== roomId)
      throw new TypeError("a message with this clientId is on its way in another room");
    if (known?.state === "sending") return known;
    if (files.length > 0 && this.waitingBytes() + bytesOf(files) > MOST_WAITING_BYTES) {
      throw new ChatError("storage_full", "too many files wait to be sent");
    }
    const outgoing: Outgoing = {
      clientId,
      roomId,
      text,
      attachments,
      files,
      replyTo: replyTo && { seq: replyTo.seq },
      state: "sending",
      error: null,
      createdAt: new Date().toISOString(),
    };
    this.setItems([...this.items.filter((each) => each.clientId !== clientId), outgoing]);
    this.kept.saveUnsent(outgoing);
    this.onChange(roomId);
    this.uploads.uploadAdded();
    this.sendMore();
    return outgoing;
  }

  retryOutgoing(clientId: string): void {
    this.changeOutgoing(clientId, { state: "sending", error: null });
    this.sendNow();
  }

  discardOutgoing(clientId: string): void {
    const found = this.items.find((each) => each.clientId === clientId);
    if (!found) return;
    this.uploads.cancelUploads(clientId);
    this.setItems(this.items.filter((each) => each !== found));
    this.sent.delete(clientId);
    this.kept.forgetUnsent(clientId);
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
    this.paused = false;
    this.backoff.reset();
    this.uploads.uploadNow();
    this.startSending();
  }

  /** Stops sending until `sendNow` is called. */
  pauseSending(): void {
    this.paused = true;
    this.uploads.pauseUploads();
    this.stopTimer();
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

  private sendMore(): void {
    if (this.timer === undefined) this.startSending();
  }

  private startSending(): void {
    this.stopTimer();
    if (!this.sending && !this.paused) ignoreFailure(this.sendAll());
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async sendAll(): Promise<void> {
    this.sending = true;
    try {
      for (let next = this.next(); next && this.timer === undefined; next = this.next()) {
        await this.kept.untilSaved(next.clientId);
        if (this.paused) return;
        // Meanwhile it may have been discarded, or a file been added to it.
        const now = this.next();
        if (now?.clientId === next.clientId) await this.sendOne(now);
      }
    } finally {
      this.sending = false;
    }
  }

  /** The first message whose files are uploaded, unless an earlier one of its room holds it up. */
  private next(): Outgoing | undefined {
    const heldUp = new Set<string>();
    return this.items.find(({ clientId, roomId, state, files }) => {
      if (state !== "sending" || this.sent.has(clientId) || heldUp.has(roomId)) return false;
      if (files.length > 0 && this.uploads.holdsUp(clientId)) heldUp.add(roomId);
      return files.length === 0;
    });
  }

  private fileUploaded(clientId: string, file: File, attachment: Attachment): void {
    const old = this.items.find((each) => each.clientId === clientId);
    if (!old) return;
    const files = old.files.filter((each) => each !== file);
    this.changeOutgoing(clientId, { files, attachments: [...old.attachments, attachment] });
  }

  /** The rest of the message is sent without the file, which stays behind as failed. */
  private fileRefused(clientId: string, file: File, error: ChatError): void {
    const old = this.items.find((each) => each.clientId === clientId);
    if (!old) return;
    const files = old.files.filter((each) => each !== file);
    if (!old.text && old.attachments.length + files.length === 0) {
      this.changeOutgoing(clientId, { state: "failed", error });
      return;
    }
    const alone = { clientId: newId(), text: "", attachments: [], replyTo: null };
    const left: Outgoing = { ...old, ...alone, files: [file], state: "failed", error };
    this.setItems(this.items.flatMap((each) => (each === old ? [left, each] : [each])));
    this.kept.saveUnsent(left);
    this.changeOutgoing(clientId, { files });
  }

  private waitingBytes(): number {
    return this.items.reduce((sum, { files }) => sum + bytesOf(files), 0);
  }

  private async sendOne(outgoing: Outgoing): Promise<void> {
    try {
      const message = await this.sendMessage(asPayload(outgoing));
      this.backoff.reset();
      if (!this.items.some((each) => each.clientId === outgoing.clientId)) return;
      this.sent.set(outgoing.clientId, message);
      this.unsent.touch();
      this.kept.forgetUnsent(outgoing.clientId);
      this.onSent(message);
    } catch (reason) {
      const error = asChatError(reason);
      if (error.temporary || SESSION_OVER.has(error.code)) this.wait(error);
      else this.changeOutgoing(outgoing.clientId, { state: "failed", error });
    }
  }

  private wait({ retry_after }: ChatError): void {
    if (this.paused) return;
    this.timer = setTimeout(() => this.startSending(), this.backoff.next(retry_after));
  }

  private changeOutgoing(clientId: string, change: Partial<Outgoing>): void {
    const old = this.items.find((each) => each.clientId === clientId);
    if (!old) return;
    const changed = { ...old, ...change };
    this.setItems(this.items.map((each) => (each === old ? changed : each)));
    this.kept.saveUnsent(changed);
    this.onChange(old.roomId);
  }
}

function asPayload({ clientId, roomId, text, attachments, replyTo }: Outgoing): SendPayload {
  return {
    room_id: roomId,
    client_id: clientId,
    text,
    attachment_ids: attachments.map((each) => each.id),
    reply_to_seq: replyTo?.seq ?? null,
  };
}

function bytesOf(files: readonly File[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
