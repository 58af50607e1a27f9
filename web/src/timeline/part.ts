import type { Message } from "realtime-chat-sdk";
import type { Keeper } from "./keeper.ts";

/**
 * Which of the messages in memory are drawn: all of them, the latest ones that fill the viewport and
 * some more, or a range of `seq`, both ends included.
 */
export type DrawnPart = "all" | "end" | { readonly from: number; readonly to: number };

/** How near the edge of what is drawn may come, in heights of the viewport, before more is drawn or
 * fetched. */
export const AHEAD = 2;
/** How many messages are drawn before and after the ones in sight. */
const DRAWN_AROUND = 60;
/** How many messages are drawn at the end, at least. */
const FEW = 40;
/** No row is lower than this, in pixels: so the rows at the end always fill the viewport. */
const LOW = 24;

/** The part around a message that is to be shown. */
export function partAround(seq: number): DrawnPart {
  return { from: seq - DRAWN_AROUND, to: seq + DRAWN_AROUND };
}

/** The messages of `held` that belong to a part. */
export function drawnOf(part: DrawnPart, held: readonly Message[]): readonly Message[] {
  if (part === "all") return held;
  if (part === "end") return held.slice(-Math.max(FEW, Math.ceil(innerHeight / LOW)));
  const first = held[0]?.seq ?? 0;
  const some = held.slice(Math.max(part.from - first, 0), Math.max(part.to + 1 - first, 0));
  return some.length > 0 ? some : drawnOf("end", held);
}

/**
 * What is to be drawn next. At the end of the room, it follows the messages that arrive. Elsewhere it
 * stays the same until the reader scrolls near one of its edges and more messages are in memory
 * there: so messages that arrive meanwhile are not drawn.
 */
export function nextPart(
  now: DrawnPart,
  keeper: Pick<
    Keeper,
    "atEnd" | "heightsAbove" | "heightsBelow" | "firstRowInSight" | "lastRowInSight"
  >,
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
  const from = (first || end) - DRAWN_AROUND;
  const to = Math.min((last || first || end) + DRAWN_AROUND, end);
  return fixed && now.from === from && now.to === to ? now : { from, to };
}
