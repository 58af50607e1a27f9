import type { Message, RoomHandle, Timeline } from "realtime-chat-sdk";
import type { Keeper, ReadingPlace } from "./keeper.ts";
import { AHEAD } from "./part.ts";

/** Where the timeline is to scroll as soon as it is drawn; undefined when nothing was asked for. */
export type Goal = number | ReadingPlace | "unread" | "end" | undefined;

/** How far down the first unread message is shown, as a share of the free height. */
const UNREAD_AT = 0.15;
/** The same for a message that was jumped to. */
const JUMP_AT = 0.4;

/**
 * Scrolls to the goal if it is drawn. Returns the message to light up, null when there is none to
 * light up, and undefined while the goal is not there yet.
 */
export function goToGoal(
  keeper: Pick<Keeper, "findRow" | "showRow" | "putRow" | "goToEnd" | "live">,
  goal: Goal,
  { firstUnreadSeq, loading, messages }: Timeline,
): number | null | undefined {
  if (goal === undefined) return undefined;
  if (typeof goal === "number") {
    const row = keeper.findRow(goal);
    if (row) keeper.showRow(row, JUMP_AT);
    return row ? goal : undefined;
  }
  if (typeof goal === "object") {
    const row = keeper.findRow(goal.seq);
    if (row) keeper.putRow(row, goal.top);
    return row ? null : undefined;
  }
  if (loading === "first" || messages.length === 0) return undefined;
  const row = goal === "unread" && firstUnreadSeq !== null && keeper.findRow(firstUnreadSeq);
  if (row) keeper.showRow(row, UNREAD_AT);
  else if (keeper.live) keeper.goToEnd();
  else return goal === "end" ? undefined : null;
  return null;
}

/** Fetches the messages next to those in memory, once the reader comes near the edge. */
export function fetchNearby(
  keeper: Pick<Keeper, "heightsAbove" | "heightsBelow">,
  handle: Pick<RoomHandle, "loadOlder" | "loadNewer">,
  { loading, hasOlder, hasNewer, messages: held }: Timeline,
  drawn: readonly Message[],
): void {
  if (loading) return;
  const [oldest, newest] = [drawn[0] === held[0], drawn.at(-1) === held.at(-1)];
  if (hasOlder && oldest && keeper.heightsAbove < AHEAD) handle.loadOlder().catch(() => undefined);
  else if (hasNewer && newest && keeper.heightsBelow < AHEAD)
    handle.loadNewer().catch(() => undefined);
}
