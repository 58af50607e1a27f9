/** The bot in the README works as it is printed there. */

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, onTestFinished, test } from "vitest";
import { person, until } from "./people.ts";

const HERE = join(import.meta.dirname, "..");
const TSC = join(HERE, "../node_modules/.bin/tsc");
const MOST_LINES = 15;

async function bot(): Promise<string> {
  const readme = await readFile(join(HERE, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1] ?? "");
  expect(blocks).toHaveLength(1);
  return blocks[0] ?? "";
}

// The library is compiled first, and then the bot is started.
test("the bot is short, and answers", { timeout: 60_000 }, async () => {
  const source = await bot();
  expect(source.split("\n").filter((line) => line.trim()).length).toBeLessThanOrEqual(MOST_LINES);
  const ann = await person("ann");
  const lobby = await ann.createRoom({ name: "Lobby", visibility: "public" });
  await lobby.open();
  await promisify(execFile)(TSC, ["-p", "tsconfig.build.json", "--noCheck"], { cwd: HERE });
  // A folder in which the package is found by its name.
  const folder = await mkdtemp(join(HERE, "../node_modules/.bot-"));
  await writeFile(join(folder, "bot.mjs"), source.replace("http://localhost:8080", inject("url")));
  const process = spawn("node", ["bot.mjs"], { cwd: folder, stdio: "ignore" });
  onTestFinished(async () => {
    process.kill();
    await rm(folder, { recursive: true });
  });
  const heard = (text: string) => lobby.timeline.get().messages.find((each) => each.text === text);
  await until(lobby.timeline, () => heard("Say !ping") !== undefined);
  lobby.send({ text: "!ping" });
  await until(lobby.timeline, () => heard("pong") !== undefined);
  expect(heard("pong")?.reply_to?.excerpt).toBe("!ping");
});
