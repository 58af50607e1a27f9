import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { Plugin, Rolldown } from "vite";

const NAME = "sw.js";
const NO_FILE = /\.(map|br|gz)$/;

/** Builds the service worker as a single file that knows all files of this build. */
export function serviceWorker(source: string): Plugin {
  return {
    name: "worker",
    apply: "build",
    buildStart() {
      this.emitFile({ type: "chunk", id: source, fileName: NAME });
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const sw = bundle[NAME];
        if (sw?.type !== "chunk") return this.error(`there is no ${NAME}`);
        if (sw.imports.length > 0) this.error(`${NAME} shares code with the app`);
        sw.code = `const SHELL=${JSON.stringify(shell(bundle))};${sw.code}`;
      },
    },
  };
}

function shell(bundle: Rolldown.OutputBundle): { name: string; paths: string[] } {
  const built = Object.values(bundle).filter(({ fileName }) => fileName !== NAME);
  const hash = createHash("sha256");
  for (const output of built) hash.update("code" in output ? output.code : output.source);
  const names = built.map(({ fileName }) => fileName).filter((name) => name.startsWith("assets/"));
  const icons = readdirSync("public").filter((name) => !NO_FILE.test(name) && name.includes("."));
  const paths = [...names, ...icons].map((name) => `/${name}`).sort();
  return { name: hash.digest("base64url").slice(0, 12), paths };
}
