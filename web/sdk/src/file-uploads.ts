/** Uploads the files of messages that are on their way. */

import { Backoff } from "./backoff.ts";
import { asChatError, type ChatError, ignoreFailure } from "./errors.ts";
import type { Attachment, Outgoing } from "./types.ts";

const LONGEST_UPLOAD_WAIT = 30_000;
/** More at a time would not be faster. */
const MESSAGES_AT_ONCE = 2;
/**
 * Later messages of the room wait this long for the files of an earlier one, in milliseconds, so
 * that messages keep their order where that costs little.
 */
const FILE_PATIENCE = 5_000;

type Upload = (file: File, signal: AbortSignal) => Promise<Attachment>;

/** What the uploads report to the outbox. */
export interface UploadsTold {
  /** The messages that have files to upload, in order. */
  readonly waiting: () => readonly Outgoing[];
  readonly onUploaded: (clientId: string, file: File, attachment: Attachment) => void;
  /** The server does not take this file. */
  readonly onRefused: (clientId: string, file: File, error: ChatError) => void;
  /** Messages that were held up may be sent now. */
  readonly onPatienceEnded: () => void;
}

export class FileUploads {
  private readonly running = new Map<string, AbortController>();
  private readonly patient = new Map<string, ReturnType<typeof setTimeout> | null>();
  private readonly backoff = new Backoff(LONGEST_UPLOAD_WAIT);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private paused = true;

  constructor(
    private readonly upload: Upload,
    private readonly told: UploadsTold,
  ) {}

  /** Whether later messages of the same room are to wait for the files of this one. */
  holdsUp(clientId: string): boolean {
    return this.running.has(clientId) && this.patient.get(clientId) !== null;
  }

  /** Uploads what is there, without waiting for the next attempt. */
  uploadNow(): void {
    this.backoff.reset();
    this.uploadMore();
  }

  /** Begins with what was added, unless the next attempt is planned already. */
  uploadAdded(): void {
    if (this.timer === undefined) this.uploadMore();
  }

  private uploadMore(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.paused = false;
    for (const outgoing of this.told.waiting()) {
      if (this.running.size >= MESSAGES_AT_ONCE) return;
      if (!this.running.has(outgoing.clientId)) ignoreFailure(this.uploadAll(outgoing));
    }
  }

  /** Stops all uploads until `uploadNow` is called. */
  pauseUploads(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.paused = true;
    for (const clientId of this.running.keys()) this.cancelUploads(clientId);
  }

  cancelUploads(clientId: string): void {
    this.running.get(clientId)?.abort();
    this.running.delete(clientId);
    clearTimeout(this.patient.get(clientId) ?? undefined);
    this.patient.delete(clientId);
  }

  private async uploadAll({ clientId, files }: Outgoing): Promise<void> {
    const run = new AbortController();
    this.running.set(clientId, run);
    this.beginPatience(clientId);
    for (const file of files) {
      try {
        const attachment = await this.upload(file, run.signal);
        if (run.signal.aborted) return;
        this.backoff.reset();
        this.told.onUploaded(clientId, file, attachment);
      } catch (reason) {
        if (run.signal.aborted) return;
        const error = asChatError(reason);
        if (error.temporary) return this.waitAfter(clientId, error);
        this.told.onRefused(clientId, file, error);
      }
    }
    this.cancelUploads(clientId);
    this.told.onPatienceEnded();
    if (!this.paused) this.uploadMore();
  }

  /** Begins the time for which later messages wait for this one; once for each message. */
  private beginPatience(clientId: string): void {
    if (this.patient.has(clientId)) return;
    const end = () => {
      this.patient.set(clientId, null);
      this.told.onPatienceEnded();
    };
    this.patient.set(clientId, setTimeout(end, FILE_PATIENCE));
  }

  private waitAfter(clientId: string, { retry_after }: ChatError): void {
    this.running.delete(clientId);
    this.told.onPatienceEnded();
    this.timer ??= setTimeout(() => this.uploadMore(), this.backoff.next(retry_after));
  }
}
