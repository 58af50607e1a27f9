import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXTUAL = new Set([".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"]);
/** Files smaller than this hardly get smaller by compression. */
const LEAST = 1024;

/** Writes a .br and a .gz beside each file that is worth it. The server sends these as they are. */
export function pack(): Plugin {
  let folder = "dist";
  return {
    name: "pack",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
      for (const name of names) if (TEXTUAL.has(extname(name))) packFile(join(folder, name));
    },
  };
}

function packFile(path: string): void {
  const plain = readFileSync(path);
  if (plain.length < LEAST) return;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  writeFileSync(`${path}.br`, brotliCompressSync(plain, { params }));
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
