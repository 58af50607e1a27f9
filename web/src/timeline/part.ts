import type { Message } from "realtime-chat-sdk";
import type { Keeper } from "./keeper.ts";

/** What is drawn of the messages that are held: all, what fills the view at the end and some more,
 * or those from one to another. */
export type DrawnPart = "all" | "end" | { readonly from: number; readonly to: number };

/** So many heights of the view ahead, what comes next is drawn or fetched. */
export const AHEAD = 2;
const AROUND = 60;
/** At the end: no row is so low that these do not fill a view and half of one. */
const FEW = 40;
const LOW = 24;

export function partAround(seq: number): DrawnPart {
  return { from: seq - AROUND, to: seq + AROUND };
}

export function drawnOf(part: DrawnPart, held: readonly Message[]): readonly Message[] {
  if (part === "all") return held;
  if (part === "end") return held.slice(-Math.max(FEW, Math.ceil(innerHeight / LOW)));
  const first = held[0]?.seq ?? 0;
  const some = held.slice(Math.max(part.from - first, 0), Math.max(part.to + 1 - first, 0));
  return some.length > 0 ? some : drawnOf("end", held);
}

/** At the end it moves on with what comes. Elsewhere it stays, until one scrolls near to where it
 * ends and more is held: so what comes meanwhile is not drawn. */
export function nextPart(
  now: DrawnPart,
  keeper: Keeper,
  drawn: readonly Message[],
  held: readonly Message[],
): DrawnPart {
  if (keeper.atEnd.get()) return "end";
  const more =
    (keeper.heightsAbove < AHEAD && drawn[0] !== held[0]) ||
    (keeper.heightsBelow < AHEAD && drawn.at(-1) !== held.at(-1));
  const fixed = typeof now === "object";
  if (fixed && !more) return now;
  const first = Number(keeper.firstRowInSight()?.dataset.seq);
  const last = Number(keeper.lastRowInSight()?.dataset.seq);
  const end = held.at(-1)?.seq ?? 0;
  const from = (first || end) - AROUND;
  const to = Math.min((last || first || end) + AROUND, end);
  return fixed && now.from === from && now.to === to ? now : { from, to };
}
