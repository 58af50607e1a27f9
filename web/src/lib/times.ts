import { useMemo } from "react";
import { ago, agoChange, brief, day } from "../text/format.ts";
import { useClock } from "./clock.ts";

/** Words for a moment that stay true while time goes by. */
export const useBrief = (iso: string): string => useClock((now) => brief(iso, new Date(now)));

export const useDay = (iso: string): string => useClock((now) => day(iso, new Date(now)));

export function useAgo(iso: string): string {
  const next = useMemo(() => agoChange(iso), [iso]);
  return useClock((now) => ago(iso, now), next);
}

/** Whether the moment has passed; a missing one never does. */
export function useIsPast(iso: string | null | undefined): boolean {
  const at = iso ? Date.parse(iso) : Number.POSITIVE_INFINITY;
  const next = useMemo(() => () => at, [at]);
  return useClock((now) => now >= at, next);
}
