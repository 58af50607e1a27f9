import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

export interface Budget {
  readonly label: string;
  /**
   * The modules that are loaded by then, each with everything it imports. Lazily loaded modules
   * belong here too, if nobody can do without them. A file of data may be one, for itself.
   */
  readonly modules: readonly string[];
  /** What is there already and is not counted again. The modules must not be part of it. */
  readonly after?: readonly string[];
  /** Kilobytes, gzipped. */
  readonly most: number;
}

/**
 * Fails the build if a screen needs too much JavaScript before it can be used, or if the parts that
 * come later are too large together. `bench/web.py` measures the same in a browser.
 */
export function budget(...budgets: readonly Budget[]): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const loaded = (modules: readonly string[]) =>
          reached(
            modules.map((module) => holder(module, bundle) ?? this.error(`no ${module}`)),
            bundle,
          );
        for (const { label, modules, after, most } of budgets) {
          const before = after ? loaded(after) : new Set<string>();
          for (const module of modules) {
            if (before.has(holder(module, bundle) ?? "")) this.error(`${module} comes too early`);
          }
          const names = [...loaded(modules)].filter((name) => !before.has(name));
          const kilobytes = names.reduce((sum, name) => sum + size(bundle[name]), 0) / 1000;
          const said = `${label}: ${kilobytes.toFixed(1)} of ${most} KB, gzipped`;
          if (kilobytes > most) this.error(said);
          this.info(said);
        }
      },
    },
  };
}

function holder(module: string, bundle: Rolldown.OutputBundle): string | undefined {
  return Object.values(bundle).find((output) =>
    (output.type === "chunk" ? output.moduleIds : output.originalFileNames).some((id) =>
      `/${id}`.endsWith(module),
    ),
  )?.fileName;
}

/** The files that are loaded with these, and the scripts that the page loads on their own. */
function reached(first: readonly string[], bundle: Rolldown.OutputBundle): ReadonlySet<string> {
  const early = Object.values(bundle).filter(
    ({ type, fileName }) => type === "asset" && fileName.endsWith(".js"),
  );
  const seen = new Set(early.map(({ fileName }) => fileName));
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const output = bundle[name];
    if (output?.type === "chunk") output.imports.forEach(visit);
  };
  first.forEach(visit);
  return seen;
}

function size(output: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): number {
  if (!output) return 0;
  return gzipSync(output.type === "chunk" ? output.code : output.source, { level: 9 }).length;
}
