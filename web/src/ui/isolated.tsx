import { isolatedParts } from "../text/isolate.ts";

/** A sentence whose names were isolated with `isolate`: each becomes an element. */
export function Isolated({ children }: { children: string }) {
  return isolatedParts(children).map((part, at) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other identity.
    at % 2 ? <bdi key={at}>{part}</bdi> : part,
  );
}
