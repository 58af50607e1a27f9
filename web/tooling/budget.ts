import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

interface Budget {
  readonly label: string;
  /**
   * The modules that are loaded by then, each with everything it imports. Lazily loaded modules
   * belong here too, if nobody can do without them.
   */
  readonly modules: readonly string[];
  /** Kilobytes of gzipped JavaScript. */
  readonly most: number;
}

/**
 * Fails the build if a screen needs too much JavaScript before it can be used. `bench/web.py`
 * measures the same in a browser.
 */
export function budget(...budgets: readonly Budget[]): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const { label, modules, most } of budgets) {
          const first = modules.map((module) => holder(module, bundle) ?? this.error(module));
          const kilobytes = weigh(first, bundle) / 1000;
          const said = `${label}: ${kilobytes.toFixed(1)} of ${most} KB of JavaScript, gzipped`;
          if (kilobytes > most) this.error(said);
          this.info(said);
        }
      },
    },
  };
}

function holder(module: string, bundle: Rolldown.OutputBundle): string | undefined {
  const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
  return chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith(module)))?.fileName;
}

/** Includes the scripts that the page loads on their own. */
function weigh(first: readonly string[], bundle: Rolldown.OutputBundle): number {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const output = bundle[name];
    if (output?.type === "chunk") output.imports.forEach(visit);
  };
  first.forEach(visit);
  const early = Object.values(bundle).filter(
    ({ type, fileName }) => type === "asset" && fileName.endsWith(".js"),
  );
  for (const { fileName } of early) seen.add(fileName);
  return [...seen].reduce((sum, name) => sum + size(bundle[name]), 0);
}

function size(output: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): number {
  if (!output) return 0;
  return gzipSync(output.type === "chunk" ? output.code : output.source, { level: 9 }).length;
}
