import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RoomHandle, Timeline } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import { Keeper } from "./keeper.ts";
import { useReading } from "./use-reading.ts";

/** So many heights of the view ahead, the next page is fetched. */
const AHEAD = 2;
/** At the end so many are drawn; more as one scrolls up. */
const FEW = 120;
const STEP = 60;
/** What is new begins so far down. */
const UNREAD_AT = 0.15;

export interface Jump {
  readonly seq: number;
}

interface Places {
  readonly viewport: RefObject<HTMLDivElement | null>;
  readonly list: RefObject<HTMLDivElement | null>;
}

/**
 * Opens a room and scrolls in it: to where reading stopped, to what is jumped to, to the end when
 * one writes; fetches what comes into reach, and marks as read what was seen.
 */
export function useKeeper(
  handle: RoomHandle,
  timeline: Timeline,
  jump: Jump | null,
  opened: boolean,
  { viewport, list }: Places,
) {
  const [keeper, setKeeper] = useState<Keeper | null>(null);
  const [lit, setLit] = useState<number | null>(null);
  /** Where to go as soon as it is drawn; undefined while nothing is asked. */
  const goal = useRef<number | "unread" | "end" | undefined>("unread");
  const [depth, setDepth] = useState(Number.POSITIVE_INFINITY);
  const latest = useRef(timeline);
  latest.current = timeline;
  const read = useReading(handle);

  useLayoutEffect(() => {
    if (!viewport.current || !list.current) return;
    const made: Keeper = new Keeper(viewport.current, list.current, () => {
      if (goal.current !== undefined) return;
      handle.follow(made.atEnd.get());
      if (made.atEnd.get()) setDepth(FEW);
      else if (made.before < AHEAD)
        setDepth((now) => (now < latest.current.messages.length ? now + STEP : now));
      reach(made, handle, latest.current);
      read(Number(made.lastSeen()?.dataset.seq ?? 0));
    });
    setKeeper(made);
    return () => made.stop();
  }, [handle, viewport, list, read]);

  useEffect(() => {
    if (jump) return;
    goal.current = "unread";
  }, [jump]);

  useEffect(() => {
    if (!jump) return;
    goal.current = jump.seq;
    setDepth(Number.POSITIVE_INFINITY);
    setLit(null);
    attempt(() => handle.jumpTo(jump.seq));
  }, [handle, jump]);

  const sent = useRef(timeline.outgoing.length);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn follows the depth.
  useLayoutEffect(() => {
    if (!keeper) return;
    if (timeline.outgoing.length > sent.current) {
      goal.current = "end";
      if (timeline.hasNewer) handle.jumpToLatest();
    }
    sent.current = timeline.outgoing.length;
    keeper.live = !timeline.hasNewer;
    const wanted = goal.current === "unread" && !opened ? undefined : goal.current;
    const found = arrive(keeper, wanted, timeline);
    if (found === undefined) return keeper.keep();
    goal.current = undefined;
    if (found !== null) setLit(found);
    keeper.keep();
  }, [keeper, handle, timeline, depth, opened]);

  function toLatest() {
    goal.current = "end";
    setLit(null);
    if (timeline.hasNewer) attempt(() => handle.jumpToLatest());
    else keeper?.toEnd();
    if (!timeline.hasNewer) goal.current = undefined;
  }

  return { keeper, lit, depth, toLatest };
}

/** Goes there if it is drawn; answers what to light up or null, undefined when it is not there. */
function arrive(
  keeper: Keeper,
  goal: number | "unread" | "end" | undefined,
  { firstUnreadSeq, loading, hasNewer, messages }: Timeline,
): number | null | undefined {
  if (goal === undefined) return undefined;
  if (typeof goal === "number") {
    const row = keeper.row(goal);
    if (row) keeper.show(row, 0.4);
    return row ? goal : undefined;
  }
  if (loading === "first" || messages.length === 0) return undefined;
  const row = goal === "unread" && firstUnreadSeq !== null && keeper.row(firstUnreadSeq);
  if (row) keeper.show(row, UNREAD_AT);
  else if (!hasNewer) keeper.toEnd();
  else return goal === "end" ? undefined : null;
  return null;
}

function reach(keeper: Keeper, handle: RoomHandle, timeline: Timeline): void {
  if (timeline.loading) return;
  if (timeline.hasOlder && keeper.before < AHEAD) handle.loadOlder().catch(() => undefined);
  else if (timeline.hasNewer && keeper.after < AHEAD) handle.loadNewer().catch(() => undefined);
}
