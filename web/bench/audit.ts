/** Lighthouse checks: whether the screens are accessible, and follow best practices. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { FLAGS, PATH, signIn } from "./browser.ts";

const LIGHTHOUSE = "lighthouse@12.8.2";
const CATEGORIES = ["accessibility", "best-practices"] as const;

interface Audit {
  /** The scores up to 100, by category. */
  readonly scores: Readonly<Record<string, number>>;
  /** The titles of the audits that failed. */
  readonly faults: readonly string[];
}

interface Report {
  readonly categories: Record<
    string,
    { score: number; auditRefs: { id: string; weight: number }[] }
  >;
  readonly audits: Record<string, { title: string; score: number | null }>;
}

export async function audit(url: string, room: string): Promise<Record<string, Audit>> {
  const [port, folder] = await Promise.all([freePort(), mkdtemp(join(tmpdir(), "audit-"))]);
  // Lighthouse opens its own tab in this browser, where the user is signed in already.
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: PATH,
    args: [...FLAGS, `--remote-debugging-port=${port}`],
    baseURL: url,
  });
  try {
    const outside = await look(`${url}/sign-in`, port);
    await signIn(await context.newPage());
    return { "sign-in": outside, room: await look(`${url}/rooms/${room}`, port) };
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function look(url: string, port: number): Promise<Audit> {
  const options = [
    `--port=${port}`,
    `--only-categories=${CATEGORIES}`,
    "--preset=desktop",
    "--disable-storage-reset",
    "--output=json",
    "--quiet",
  ];
  const command = ["--yes", LIGHTHOUSE, url, ...options];
  const { stdout } = await promisify(execFile)("npx", command, { maxBuffer: 2 ** 27 });
  const { categories, audits } = JSON.parse(stdout) as Report;
  const scores = CATEGORIES.map((name) => [name, (categories[name]?.score ?? 0) * 100]);
  const weighed = CATEGORIES.flatMap((name) => categories[name]?.auditRefs ?? []);
  const failed = weighed.filter(({ id, weight }) => weight > 0 && audits[id]?.score !== 1);
  const faults = failed.flatMap(({ id }) => (audits[id]?.score == null ? [] : [audits[id].title]));
  return { scores: Object.fromEntries(scores), faults };
}

/** A port that is free at the moment, as far as can be known. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
