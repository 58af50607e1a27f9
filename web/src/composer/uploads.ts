import type { Attachment } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { refusal } from "../lib/refusal.ts";
import { serverLimit } from "../lib/server.ts";
import { toast } from "../lib/toasts.ts";
import { cell } from "../lib/value.ts";
import { bytes } from "../text/format.ts";
import { text } from "../text/index.ts";

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
    for (const file of files) {
      if (file.size > mostBytes) {
        toast(text.room.composer.tooLarge(file.name, bytes(mostBytes)), { kind: "danger" });
      } else if (this.list.get().length >= mostFiles) {
        toast(text.room.composer.tooMany(mostFiles), { kind: "danger" });
        break;
      } else {
        last += 1;
        const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        const made = { id: last, file, preview, part: 0, attachment: null, error: null };
        this.list.set([...this.list.get(), made]);
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
    this.changeUpload(id, { error: null, part: 0 });
    this.startUploads();
  }

  /**
   * Calls `work` once all files are uploaded, or at once if they are. If one fails, `work` is not
   * called.
   */
  whenUploaded(work: () => void): void {
    this.work = work;
    this.settle();
  }

  cancelWaiting(): void {
    this.work = null;
    this.awaited.set(false);
  }

  /** Returns the uploaded files, and drops the others. */
  takeAttachments(): readonly Attachment[] {
    const all = this.list.get();
    this.cancelWaiting();
    for (const each of all) {
      this.running.get(each.id)?.abort();
      release(each);
    }
    this.running.clear();
    this.list.set([]);
    return all.flatMap(({ attachment }) => attachment ?? []);
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
      if (!run.signal.aborted) this.changeUpload(id, { error: refusal(error) });
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
    const all = this.list.get();
    const waits = !all.some(({ error }) => error) && all.some(({ attachment }) => !attachment);
    if (waits) {
      this.awaited.set(true);
      return;
    }
    this.cancelWaiting();
    if (all.every(({ attachment }) => attachment)) work();
  }
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
  for (const uploads of rooms.values()) uploads.takeAttachments();
  rooms.clear();
}
