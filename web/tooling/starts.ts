import type { Rolldown } from "vite";

/**
 * Two files for the start: what `entry` imports, with what `room` and `outside` both do, and what only
 * `room` imports. Left to itself the bundler makes one for each set of importers, and many small ones
 * pack badly.
 */
export function starts(
  entry: string,
  room: string,
  outside: string,
): Rolldown.CodeSplittingGroup[] {
  let reach: readonly ReadonlySet<string>[] = [];
  const reaches = (id: string, context: Rolldown.ChunkingContext) => {
    if (reach.length === 0) reach = [entry, room, outside].map((path) => imported(path, context));
    return reach.map((modules) => modules.has(id));
  };
  return [
    {
      priority: 2,
      name(id, context) {
        const [first, inside, before] = reaches(id, context);
        return first || (inside && before) ? "start" : null;
      },
    },
    { priority: 1, name: (id, context) => (reaches(id, context)[1] ? "home" : null) },
  ];
}

function imported(first: string, context: Rolldown.ChunkingContext): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    context.getModuleInfo(id)?.importedIds.forEach(visit);
  };
  visit(first);
  return seen;
}
