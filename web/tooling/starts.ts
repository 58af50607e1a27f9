import type { Rolldown } from "vite";

/**
 * Puts the code for the start into two files: what `entry` imports, together with what `room` and
 * `outside` share; and what only `room` imports. By default, the bundler would make one file for
 * each set of importers, and many small files compress badly.
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
      debugName: "start",
      priority: 2,
      name(id, context) {
        const [first, inside, before] = reaches(id, context);
        return first || (inside && before) ? "start" : null;
      },
    },
    {
      debugName: "home",
      priority: 1,
      name: (id, context) => (reaches(id, context)[1] ? "home" : null),
    },
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
