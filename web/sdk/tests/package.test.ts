/** The package is whole: made in a clean clone, and used without anything else of the repository. */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);
const SDK_FOLDER = join(import.meta.dirname, "..");
const WEB_FOLDER = join(SDK_FOLDER, "..");
const INSTALLED = join(WEB_FOLDER, "node_modules");

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let clone: string;
let packed: Packed;

/** Packs a copy of what git has, or would have, of the library. */
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "sdk-clone-"));
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard", "."], {
    cwd: WEB_FOLDER,
  });
  for (const path of listed.stdout.trim().split("\n")) {
    if (path.startsWith("sdk/") || !path.includes("/"))
      await cp(join(WEB_FOLDER, path), join(clone, path)).catch(() => {});
  }
  await symlink(INSTALLED, join(clone, "node_modules"));
  const { stdout } = await run("npm", ["pack", "--json"], { cwd: join(clone, "sdk") });
  [packed] = JSON.parse(stdout);
  return () => rm(clone, { recursive: true });
});

/** A folder outside of the repository, in which the package is installed. */
async function project(manifest: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sdk-user-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const modules = join(folder, "node_modules");
  const target = join(modules, "realtime-chat-sdk");
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", join(clone, "sdk", packed.filename), "-C", target, "--strip=1"]);
  await symlink(join(INSTALLED, "socket.io-client"), join(modules, "socket.io-client"));
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}

test("the package has all that was built, its licence, and nothing else", async () => {
  const paths = packed.files.map(({ path }) => path);
  const modules = ["index", "node", "chat", "generated/http"];
  for (const name of modules) {
    expect(paths).toContain(`dist/${name}.js`);
    expect(paths).toContain(`dist/${name}.d.ts`);
  }
  const others = paths.filter((path) => !path.startsWith("dist/"));
  expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
  const licence = await readFile(join(WEB_FOLDER, "../LICENSE"), "utf8");
  expect(await readFile(join(SDK_FOLDER, "LICENSE"), "utf8")).toBe(licence);
});

test("all that package.json names is packed", async () => {
  const manifest = JSON.parse(await readFile(join(SDK_FOLDER, "package.json"), "utf8"));
  const paths = packed.files.map(({ path }) => `./${path}`);
  const named = Object.values(manifest.exports as Record<string, string | object>).flatMap(
    (each) => (typeof each === "string" ? [each] : Object.values(each)),
  );
  expect(paths).toEqual(expect.arrayContaining(named));
  expect(manifest.exports["."].default).toBe("./dist/index.js");
  expect(manifest.repository).toMatchObject({ type: "git", directory: "web/sdk" });
});

test("it is not published while it names no real repository", async () => {
  const folder = join(clone, "sdk");
  const check = () => run("npm", ["run", "--silent", "prepublishOnly"], { cwd: folder });
  await expect(check()).rejects.toThrow("name the public repository in place of");
  const file = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  manifest.repository.url = "git+https://git.chat.test/realtime-chat.git";
  await writeFile(file, JSON.stringify(manifest));
  await check();
});

test("it is found by import and by require", async () => {
  const folder = await project({});
  const use = "new Chat({ url: 'http://localhost:1', cache: new FileCache('data') }).close();";
  const imports = `import { Chat } from "realtime-chat-sdk";
    import { FileCache } from "realtime-chat-sdk/node"; ${use}`;
  const requires = `const { Chat } = require("realtime-chat-sdk");
    const { FileCache } = require("realtime-chat-sdk/node"); ${use}`;
  await writeFile(join(folder, "import.mjs"), imports);
  await writeFile(join(folder, "require.cjs"), requires);
  await run(process.execPath, ["import.mjs"], { cwd: folder });
  await run(process.execPath, ["require.cjs"], { cwd: folder });
});

const SOURCE = `import { Chat, type Message } from "realtime-chat-sdk";
import { FileCache } from "realtime-chat-sdk/node";
const chat: Chat = new Chat({ url: "https://chat.example.com/chat", cache: new FileCache("data") });
chat.on("message", ({ room, message, own }) => {
  const heard: Message = message;
  if (!own) room.send({ text: heard.text, clientId: heard.id });
});
chat.on("missed", ({ room, from, to }: { room: { id: string }; from: number; to: number }) => {
  console.log(room.id, from, to);
});
// @ts-expect-error A misspelt name is found, so the types are there.
chat.singIn();
`;

test.each([
  ["nodenext", "nodenext", "module"],
  ["nodenext", "nodenext", "commonjs"],
  ["bundler", "esnext", "module"],
])("its types are found: %s, %s, %s", async (moduleResolution, module, type) => {
  const folder = await project({ type });
  const compilerOptions = {
    moduleResolution,
    module,
    target: "es2022",
    lib: ["es2023", "dom", "esnext.disposable"],
    strict: true,
    noEmit: true,
    types: [],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  await writeFile(join(folder, "main.ts"), SOURCE);
  const compiled = await run(join(INSTALLED, ".bin/tsc"), ["-p", folder]).catch((error) => error);
  expect(compiled.stdout).toBe("");
});
