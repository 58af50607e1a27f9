import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/**
 * Adds a small classic script to the page's head, as a file of its own. The page's policy allows no
 * inline scripts, and a module would run after the first paint.
 */
export function early(path: string): Plugin {
  const source = readFileSync(path, "utf8");
  const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
  const name = `assets/early-${hash}.js`;
  return {
    name: "early",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: name, source });
    },
    configureServer(server) {
      server.middlewares.use(`/${name}`, (_, response) => {
        response.setHeader("Content-Type", "text/javascript").end(source);
      });
    },
    transformIndexHtml: () => [
      { tag: "script", attrs: { src: `/${name}` }, injectTo: "head-prepend" },
    ],
  };
}
