/** A cache in a folder, for programs that run in Node.js. */

import { mkdirSync, readFileSync } from "node:fs";
import { appendFile, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cache, Entry, Store } from "./cache.ts";
import { KeptEntries } from "./kept-entries.ts";

/** The file is written anew when it has more than this plus twice the bytes of the kept entries. */
const MOST_WASTE = 1_000_000;

interface Write {
  /** Null for `clear`. */
  readonly entries: readonly Entry[] | null;
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * Keeps everything in the file `cache.jsonl` of a folder. Only its owner can read it, because it
 * contains the session. Each `save` stores all of its entries or none, even if the program or the
 * machine stops; once its promise has resolved, they are stored. A `save` is one line of the file,
 * flushed to the disk, and a line without its end is ignored. Before the file has twice the size of
 * the kept entries and a megabyte, it is replaced by a shorter one, written beside it.
 *
 * A folder belongs to one program at a time, and to one user.
 */
export class FileCache implements Cache {
  private readonly path: string;
  private kept = new KeptEntries();
  /** The bytes of the file. */
  private size = 0;
  /** Whether the file ends with the end of a line, so that another one may follow. */
  private whole = false;
  private waiting: Write[] = [];
  private writing = false;

  /** Makes the folder if it does not exist. Throws if that fails, or the file cannot be read. */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, "cache.jsonl");
    this.read();
  }

  async load(store: Store): Promise<readonly (readonly [key: string, value: unknown])[]> {
    return this.kept.listEntries(store);
  }

  save(entries: readonly Entry[]): Promise<void> {
    return this.write(entries);
  }

  clear(): Promise<void> {
    return this.write(null);
  }

  private read(): void {
    const lines = readIfThere(this.path).split("\n");
    const end = lines.pop();
    for (const line of lines) {
      const entries = asEntries(line);
      if (!entries) return;
      this.kept.putEntries(entries);
      this.size += Buffer.byteLength(line) + 1;
    }
    this.whole = end === "" && lines.length > 0;
  }

  private write(entries: Write["entries"]): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ entries, done, failed });
      if (!this.writing) void this.writeWaiting();
    });
  }

  private async writeWaiting(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const together = this.takeTogether();
      try {
        const [first] = together;
        if (first?.entries === null) await this.replace(new KeptEntries());
        else await this.append(together.flatMap(({ entries }) => entries ?? []));
        for (const { done } of together) done();
      } catch (error) {
        // The next write replaces the file, without what this one may have left at its end.
        this.whole = false;
        for (const { failed } of together) failed(error);
      }
    }
    this.writing = false;
  }

  /** Takes all saves that are waiting before the next `clear`, or that `clear`. */
  private takeTogether(): Write[] {
    const clear = this.waiting.findIndex(({ entries }) => entries === null);
    return this.waiting.splice(0, clear < 0 ? this.waiting.length : Math.max(clear, 1));
  }

  private async append(entries: readonly Entry[]): Promise<void> {
    const line = asLine(entries);
    const size = Buffer.byteLength(line);
    if (!this.whole || this.size + size > 2 * this.kept.size + MOST_WASTE) {
      const kept = this.kept.copyEntries();
      kept.putEntries(entries);
      return this.replace(kept);
    }
    await appendFile(this.path, line, { flush: true });
    this.size += size;
    this.kept.putEntries(entries);
  }

  private async replace(kept: KeptEntries): Promise<void> {
    const beside = `${this.path}.new`;
    const line = asLine(kept.allEntries());
    await writeFile(beside, line, { mode: 0o600, flush: true });
    await rename(beside, this.path);
    this.kept = kept;
    this.size = Buffer.byteLength(line);
    this.whole = true;
    await syncFolder(this.folder);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Entries without a value have been removed. */
function asLine(entries: readonly Entry[]): string {
  const short = entries.map(([store, key, value]) =>
    value === undefined ? [store, key] : [store, key, value],
  );
  return `${JSON.stringify(short)}\n`;
}

/** Null if a crash has left something else. */
function asEntries(line: string): readonly Entry[] | null {
  try {
    return JSON.parse(line) as readonly Entry[];
  } catch {
    return null;
  }
}

/** Without this the folder may still name the old file after a loss of power. */
async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and does this by itself.
  const folder = await open(path, "r").catch(() => null);
  try {
    await folder?.sync();
  } finally {
    await folder?.close();
  }
}
