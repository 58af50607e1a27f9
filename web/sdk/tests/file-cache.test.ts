/** The cache of programs in Node.js: all or none of a save, in a folder that does not grow. */

import { execFile, spawn } from "node:child_process";
import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { Entry } from "../src/index.ts";
import { FileCache } from "../src/node.ts";

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cache-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const FILE = "cache.jsonl";

test("what was saved is there for the next program, and what was removed is not", async () => {
  const folder = join(await emptyFolder(), "new", "bot");
  const cache = new FileCache(folder);
  await cache.save([
    ["rooms", "a", { name: "Ä 🙂", list: [1, null] }],
    ["state", "epoch", "e"],
  ]);
  await Promise.all([
    cache.save([["rooms", "b", null]]),
    cache.save([["rooms", "a", undefined]]),
    cache.save([["drafts", "a", { text: "\n" }]]),
  ]);
  for (const each of [cache, new FileCache(folder)]) {
    expect(await each.load("rooms")).toEqual([["b", null]]);
    expect(await each.load("state")).toEqual([["epoch", "e"]]);
    expect(await each.load("drafts")).toEqual([["a", { text: "\n" }]]);
    expect(await each.load("outbox")).toEqual([]);
  }
  await cache.clear();
  expect(await new FileCache(folder).load("rooms")).toEqual([]);
  expect(await readFile(join(folder, FILE), "utf8")).not.toContain("epoch");
});

test("only the owner can read it", async () => {
  const folder = join(await emptyFolder(), "bot");
  const cache = new FileCache(folder);
  await cache.save([["state", "session", "secret"]]);
  await cache.save([["state", "session", "secret two"]]);
  expect((await stat(folder)).mode & 0o077).toBe(0);
  expect((await stat(join(folder, FILE))).mode & 0o077).toBe(0);
});

test("a save that was cut off anywhere is not there, and later ones are", async () => {
  const folder = await emptyFolder();
  const path = join(folder, FILE);
  const cache = new FileCache(folder);
  await cache.save([["rooms", "a", 1]]);
  const before = (await stat(path)).size;
  await cache.save([
    ["rooms", "a", 2],
    ["outbox", "b", "ü"],
  ]);
  const { size } = await stat(path);
  for (let end = size - 1; end >= before; end--) {
    await truncate(path, end);
    const cut = new FileCache(folder);
    expect([await cut.load("rooms"), await cut.load("outbox")]).toEqual([[["a", 1]], []]);
  }
  await appendFile(path, '[["rooms","a",');
  const next = new FileCache(folder);
  await next.save([["rooms", "c", 3]]);
  expect(await new FileCache(folder).load("rooms")).toEqual([
    ["a", 1],
    ["c", 3],
  ]);
});

test("a save that fails changes nothing, and the next one is whole", async () => {
  const folder = await emptyFolder();
  const cache = new FileCache(folder);
  await cache.save([["rooms", "a", 1]]);
  await expect(cache.save([["rooms", "a", 1n]])).rejects.toThrow(TypeError);
  expect(await cache.load("rooms")).toEqual([["a", 1]]);
  await cache.save([["rooms", "b", 2]]);
  expect(await new FileCache(folder).load("rooms")).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
});

test("the folder stays small, however often it is written to", async () => {
  const folder = await emptyFolder();
  const cache = new FileCache(folder);
  const text = "x".repeat(50_000);
  for (let turn = 0; turn < 200; turn++) await cache.save([["rooms", `room ${turn % 4}`, text]]);
  const users = Array.from({ length: 3_000 }, (_, at): Entry => ["users", `user ${at}`, { at }]);
  await cache.save(users);
  const kept = await new FileCache(folder).load("users");
  expect([kept.length, kept[0]?.[0]]).toEqual([1_000, "user 2000"]);
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(2 * 4 * 50_000 + 1_300_000);
  expect(await new FileCache(folder).load("rooms")).toHaveLength(4);
});

const WRITER = `
  import { FileCache } from "./dist/node.js";
  const cache = new FileCache(process.argv[2]);
  for (let at = 0; ; at++) {
    const filler = "x".repeat(100_000);
    await cache.save([["rooms", "a", { at, filler }], ["outbox", "a", at]]);
    console.log(at);
  }`;

test("a program that is killed while it saves leaves all of a save or none of it", async () => {
  const folder = await emptyFolder();
  const program = await emptyFolder();
  const compile = ["-p", "tsconfig.build.json", "--noCheck", "--outDir", join(program, "dist")];
  const sdk = join(import.meta.dirname, "..");
  await promisify(execFile)(join(sdk, "../node_modules/.bin/tsc"), compile, { cwd: sdk });
  await writeFile(join(program, "package.json"), '{"type": "module"}');
  await writeFile(join(program, "writer.js"), WRITER);
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [join(program, "writer.js"), folder]);
    let saved = -1;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (text) => {
        saved = Number(String(text).trim().split("\n").at(-1));
        if (saved > 20 + round) resolve();
      });
      child.once("exit", () => resolve());
    });
    child.kill("SIGKILL");
    await ended;
    const cache = new FileCache(folder);
    const [room] = await cache.load("rooms");
    const [outbox] = await cache.load("outbox");
    const { at } = (room as [string, { at: number }])[1];
    expect(outbox?.[1]).toBe(at);
    expect(at).toBeGreaterThanOrEqual(saved);
    expect(saved).toBeGreaterThan(20);
  }
});
