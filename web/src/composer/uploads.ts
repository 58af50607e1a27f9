import { type Attachment, ChatError } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { refusal } from "../lib/refusal.ts";
import { serverLimit } from "../lib/server.ts";
import { toast } from "../lib/toasts.ts";
import { cell } from "../lib/value.ts";
import { bytes, list } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";

export interface Upload {
  readonly id: number;
  readonly file: File;
  /** A URL that shows a picture before it is uploaded. */
  readonly preview: string | null;
  /** From 0 to 1. */
  readonly part: number;
  readonly attachment: Attachment | null;
  /** Why the upload failed, in the user's language. */
  readonly error: string | null;
  /** The server was not reached: the file can wait for it together with the message. */
  readonly later: boolean;
}

/** The files of a message: uploaded ones, and those that wait for a connection. */
export interface SendableFiles {
  readonly attachments: readonly Attachment[];
  readonly files: readonly File[];
}

/** More uploads at a time would not be faster. */
const AT_ONCE = 3;

let last = 0;

/** The files of a message that has not been sent yet, while they are uploaded. */
export class Uploads {
  readonly list = cell<readonly Upload[]>([]);
  /** Whether the user has asked to send the message once the uploads are done. */
  readonly awaited = cell(false);
  private work: (() => void) | null = null;
  private readonly running = new Map<number, AbortController>();

  addFiles(files: Iterable<File>): void {
    const mostBytes = serverLimit("max_upload_bytes") ?? Number.POSITIVE_INFINITY;
    const mostFiles = serverLimit("max_attachments") ?? Number.POSITIVE_INFINITY;
    const given = [...files];
    const large = given.filter((file) => file.size > mostBytes).map((file) => isolate(file.name));
    if (large.length > 0) {
      toast(text.room.composer.tooLarge(list(large), bytes(mostBytes)), { kind: "danger" });
    }
    for (const file of given) {
      if (file.size > mostBytes) continue;
      if (this.list.get().length >= mostFiles) {
        toast(text.room.composer.tooMany(mostFiles), { kind: "danger" });
        break;
      } else {
        last += 1;
        const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        const state = { part: 0, attachment: null, error: null, later: false };
        this.list.set([...this.list.get(), { id: last, file, preview, ...state }]);
      }
    }
    this.startUploads();
  }

  removeUpload(id: number): void {
    this.running.get(id)?.abort();
    this.running.delete(id);
    for (const each of this.list.get()) if (each.id === id) release(each);
    this.list.set(this.list.get().filter((each) => each.id !== id));
    this.startUploads();
    this.settle();
  }

  retryUpload(id: number): void {
    this.changeUpload(id, { error: null, later: false, part: 0 });
    this.startUploads();
  }

  /** The server can be reached again. */
  retryLater(): void {
    for (const { id, later } of this.list.get()) if (later) this.retryUpload(id);
  }

  /** Calls `work` once no file is being uploaded any more, or at once if none is. */
  whenUploaded(work: () => void): void {
    this.work = work;
    this.settle();
  }

  cancelWaiting(): void {
    this.work = null;
    this.awaited.set(false);
  }

  /** The files that can be sent: all but those that the server has refused. */
  sendable(): SendableFiles {
    const all = this.list.get().filter(isSendable);
    return {
      attachments: all.flatMap(({ attachment }) => attachment ?? []),
      files: all.flatMap(({ attachment, file }) => (attachment ? [] : file)),
    };
  }

  /** The message is on its way: only refused files stay. */
  dropSent(): void {
    this.dropUploads(this.list.get().filter(isSendable));
    this.list.set(this.list.get().filter((each) => !isSendable(each)));
  }

  clearUploads(): void {
    this.dropUploads(this.list.get());
    this.list.set([]);
  }

  private dropUploads(dropped: readonly Upload[]): void {
    this.cancelWaiting();
    for (const each of dropped) {
      this.running.get(each.id)?.abort();
      this.running.delete(each.id);
      release(each);
    }
  }

  private startUploads(): void {
    for (const each of this.list.get()) {
      const waits = !each.attachment && !each.error && !this.running.has(each.id);
      if (waits && this.running.size < AT_ONCE) void this.upload(each);
    }
  }

  private async upload({ id, file }: Upload): Promise<void> {
    const run = new AbortController();
    this.running.set(id, run);
    try {
      const onProgress = (part: number) => this.changeUpload(id, { part });
      const attachment = await chat.upload(file, { onProgress, signal: run.signal });
      this.changeUpload(id, { attachment, part: 1 });
    } catch (error) {
      const later = error instanceof ChatError && error.code === "unavailable";
      const said = later ? text.room.composer.fileWaits : refusal(error);
      if (!run.signal.aborted) this.changeUpload(id, { error: said, later });
    } finally {
      if (this.running.get(id) === run) this.running.delete(id);
      this.startUploads();
    }
  }

  private changeUpload(id: number, change: Partial<Upload>): void {
    const changed = this.list.get().map((each) => (each.id === id ? { ...each, ...change } : each));
    this.list.set(changed);
    this.settle();
  }

  private settle(): void {
    const { work } = this;
    if (!work) return;
    const waits = this.list.get().some(({ attachment, error }) => !attachment && !error);
    if (waits) {
      this.awaited.set(true);
      return;
    }
    this.cancelWaiting();
    work();
  }
}

function isSendable({ error, later }: Upload): boolean {
  return !error || later;
}

function release({ preview }: Upload): void {
  if (preview) URL.revokeObjectURL(preview);
}

const rooms = new Map<string, Uploads>();

/** The uploads of a room. They go on while another room is open. */
export function uploadsOf(roomId: string): Uploads {
  const uploads = rooms.get(roomId) ?? new Uploads();
  rooms.set(roomId, uploads);
  return uploads;
}

let connected = false;

chat.connection.subscribe(() => {
  const now = chat.connection.get().state === "online";
  if (now && !connected) for (const uploads of rooms.values()) uploads.retryLater();
  connected = now;
});

/** The user for whose next sign-in the files wait. */
let waitFor: string | null = null;

chat.on("signed_out", ({ userId, kept }) => {
  if (kept) waitFor = userId;
  else dropUploads();
});

chat.account.subscribe(() => {
  const me = chat.account.get();
  if (!me) return;
  if (waitFor && waitFor !== me.id) dropUploads();
  waitFor = null;
});

function dropUploads(): void {
  for (const uploads of rooms.values()) uploads.clearUploads();
  rooms.clear();
}
