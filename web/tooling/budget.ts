import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

type Chunks = ReadonlyMap<string, Rolldown.OutputChunk>;

interface Budget {
  /** The module with which a start ends: what it imports counts, what that imports lazily does not. */
  readonly module: string;
  readonly label: string;
  /** KB of JavaScript, gzipped. */
  readonly most: number;
}

/** Says how much JavaScript a start loads; when that is too much, CI fails. */
export function budget(...budgets: readonly Budget[]): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle(_, bundle) {
      const outputs = Object.values(bundle).filter((output) => output.type === "chunk");
      const chunks: Chunks = new Map(outputs.map((chunk) => [chunk.fileName, chunk]));
      const entries = outputs.filter((chunk) => chunk.facadeModuleId?.endsWith(".html"));
      for (const { module, label, most } of budgets) {
        const last = outputs.find((chunk) => chunk.moduleIds.some((id) => id.endsWith(module)));
        if (!last) this.error(`there is no ${module} in the bundle`);
        const kilobytes = weigh([...entries, last], chunks) / 1000;
        const said = `${label}: ${kilobytes.toFixed(1)} of ${most} KB of JavaScript, gzipped`;
        if (kilobytes > most && process.env.CI) this.error(said);
        if (kilobytes > most) this.warn(said);
        else this.info(said);
      }
    },
  };
}

function weigh(first: readonly Rolldown.OutputChunk[], chunks: Chunks): number {
  const seen = new Set<string>();
  const visit = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (!chunk || seen.has(chunk.fileName)) return;
    seen.add(chunk.fileName);
    for (const name of chunk.imports) visit(chunks.get(name));
  };
  first.forEach(visit);
  return [...seen].reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? "").length, 0);
}
