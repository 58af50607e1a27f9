/** A real server process under test, on loopback, with its own database. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = resolve(import.meta.dirname, "../../..");
const START_TIMEOUT = 60_000;

function python(): string {
  const own = join(ROOT, ".venv/bin/python");
  return process.env.PYTHON ?? (existsSync(own) ? own : "python3");
}

export class Server {
  port = 0;
  private process: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** `settings` are environment variables. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), "chat-")), settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves once the server is ready. Later starts use the same port. */
  async start(): Promise<void> {
    const log = await open(this.logPath, "w");
    this.process = spawn(python(), ["-m", "server"], {
      cwd: ROOT,
      env: this.environment,
      stdio: ["ignore", "ignore", log.fd],
    });
    await log.close();
    for (const end = Date.now() + START_TIMEOUT; Date.now() < end; await sleep(50)) {
      this.port ||= await this.announcedPort();
      if (this.port && (await this.ready())) return;
      if (this.process.exitCode !== null) break;
    }
    throw new Error(`the server did not start:\n${await readFile(this.logPath, "utf8")}`);
  }

  /** Uses SIGKILL by default, so that the server cannot say goodbye. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const process = this.process;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill(signal);
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs `python -m server` with a command on this server's database, until it has finished. */
  async run(...command: string[]): Promise<void> {
    const child = spawn(python(), ["-m", "server", ...command], {
      cwd: ROOT,
      env: this.environment,
      stdio: "ignore",
    });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
  }

  private get logPath(): string {
    return join(this.folder, "server.log");
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: this.folder,
      HOST: "127.0.0.1",
      PORT: String(this.port),
      LOG_FORMAT: "json",
      RATE_LIMITS: "off",
      ...this.settings,
    };
  }

  private async announcedPort(): Promise<number> {
    const lines = (await readFile(this.logPath, "utf8")).split("\n");
    const line = lines.find((each) => each.includes('"serving"'));
    return line ? JSON.parse(line).port : 0;
  }

  private async ready(): Promise<boolean> {
    const answer = await fetch(`${this.url}/readyz`).catch(() => null);
    return answer?.status === 200;
  }
}
