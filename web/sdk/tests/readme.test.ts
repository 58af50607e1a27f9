/** The bot in the README works as it is printed there, and lives while its server goes and comes. */

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { RoomHandle } from "../src/index.ts";
import { online, person, until } from "./people.ts";
import { Server } from "./server.ts";
import { Wire } from "./wire.ts";

const HERE = join(import.meta.dirname, "..");
const TSC = join(HERE, "../node_modules/.bin/tsc");
const MOST_LINES = 17;

async function botSource(): Promise<string> {
  const readme = await readFile(join(HERE, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1] ?? "");
  expect(blocks).toHaveLength(1);
  return blocks[0] ?? "";
}

// The library is compiled first.
beforeAll(async () => {
  await promisify(execFile)(TSC, ["-p", "tsconfig.build.json", "--noCheck"], { cwd: HERE });
});

/** Starts the bot in a folder in which the package is found by its name. */
async function botAt(url: string) {
  const folder = await mkdtemp(join(HERE, "../node_modules/.bot-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const source = (await botSource()).replace("http://localhost:8080", url);
  await writeFile(join(folder, "bot.mjs"), source);
  const errors: string[] = [];
  const start = () => {
    const stdio = ["ignore", "ignore", "pipe"] as const;
    const child = spawn("node", ["bot.mjs"], { cwd: folder, stdio: [...stdio] });
    child.stderr?.on("data", (text) => errors.push(String(text)));
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  };
  return { start, errors };
}

/** The numbers of the messages that the bot has answered, in the order of the answers. */
function answered(lobby: RoomHandle): number[] {
  const pongs = lobby.timeline.get().messages.filter(({ text }) => text === "pong");
  return pongs.map(({ reply_to }) => reply_to?.seq ?? 0);
}

function pings(lobby: RoomHandle): number[] {
  const said = lobby.timeline.get().messages.filter(({ text }) => text === "!ping");
  return said.map(({ seq }) => seq);
}

async function lobbyAt(url: string) {
  const ann = await person("ann", { url });
  const lobby = await ann.createRoom({ name: "Lobby", visibility: "public" });
  await lobby.open();
  return { ann, lobby };
}

test("the bot is short, and answers while its server and the network go and come", async () => {
  const lines = (await botSource()).split("\n").filter((line) => line.trim());
  expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
  const server = await Server.start();
  onTestFinished(() => server.close());
  const wire = await Wire.to(server.url);
  const { ann, lobby } = await lobbyAt(server.url);
  const bot = await botAt(wire.url);
  const child = bot.start();
  await until(lobby.timeline, ({ messages }) => messages.some(({ text }) => text === "Say !ping"));
  const outages = [
    async () => {},
    () => server.kill("SIGTERM").then(() => server.start()),
    async () => {
      wire.cut();
      lobby.send({ text: "!ping" });
      await until(lobby.timeline, ({ outgoing }) => outgoing.length === 0);
      await sleep(3_000);
      wire.mend();
    },
    () => server.kill("SIGKILL").then(() => server.start()),
  ];
  for (const outage of outages) {
    await outage();
    await online(ann);
    lobby.send({ text: "!ping" });
    await until(lobby.timeline, ({ outgoing }) => outgoing.length === 0);
    await until(lobby.timeline, () => answered(lobby).length === pings(lobby).length);
    expect([child.exitCode, bot.errors]).toEqual([null, []]);
  }
  expect(answered(lobby)).toEqual(pings(lobby));
});

test("the bot answers each once, though it is killed while it answers", async () => {
  const server = await Server.start();
  onTestFinished(() => server.close());
  const { lobby } = await lobbyAt(server.url);
  const bot = await botAt(server.url);
  let child = bot.start();
  await until(lobby.timeline, ({ messages }) => messages.some(({ text }) => text === "Say !ping"));
  for (let round = 1; round <= 4; round++) {
    const before = answered(lobby).length;
    for (let count = 0; count < 5; count++) lobby.send({ text: "!ping" });
    await until(lobby.timeline, () => answered(lobby).length > before);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    child = bot.start();
  }
  lobby.send({ text: "!ping" });
  await until(lobby.timeline, () => answered(lobby).length >= 21);
  lobby.send({ text: "over" });
  await until(lobby.timeline, ({ messages }) => messages.at(-1)?.text === "over");
  expect(answered(lobby).sort((a, b) => a - b)).toEqual(pings(lobby));
  expect(bot.errors).toEqual([]);
});
