import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Message, RoomHandle, Timeline } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import { Keeper } from "./keeper.ts";
import { AHEAD, type DrawnPart, drawnOf, nextPart, partAround } from "./part.ts";
import { useReading } from "./use-reading.ts";

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
  const [part, setPart] = useState<DrawnPart>("all");
  const messages = useMemo(() => drawnOf(part, timeline.messages), [part, timeline.messages]);
  const whole = messages.at(-1) === timeline.messages.at(-1);
  const live = whole && !timeline.hasNewer;
  const latest = useRef({ timeline, messages });
  latest.current = { timeline, messages };
  const read = useReading(handle);

  useLayoutEffect(() => {
    if (!viewport.current || !list.current) return;
    const made: Keeper = new Keeper(viewport.current, list.current, () => {
      if (goal.current !== undefined) return;
      handle.follow(made.atEnd.get(), Number(made.firstRowInSight()?.dataset.seq) || undefined);
      const { timeline, messages } = latest.current;
      setPart((now) => nextPart(now, made, messages, timeline.messages));
      fetchNearby(made, handle, timeline, messages);
      read(Number(made.lastRowInSight()?.dataset.seq ?? 0));
    });
    setKeeper(made);
    return () => made.stop();
  }, [handle, viewport, list, read]);

  useEffect(() => {
    if (jump) return;
    goal.current = "unread";
    setPart("all");
  }, [jump]);

  useEffect(() => {
    if (!jump) return;
    goal.current = jump.seq;
    setLit(null);
    attempt(() => handle.jumpTo(jump.seq));
  }, [handle, jump]);

  const sent = useRef(timeline.outgoing.length);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each time that others are drawn.
  useLayoutEffect(() => {
    if (!keeper) return;
    if (timeline.outgoing.length > sent.current) {
      goal.current = "end";
      setPart("end");
      if (timeline.hasNewer) handle.jumpToLatest();
    }
    sent.current = timeline.outgoing.length;
    keeper.live = live;
    const wanted = goal.current === "unread" && !opened ? undefined : goal.current;
    const held = timeline.messages.some(({ seq }) => seq === wanted);
    if (held && !keeper.findRow(Number(wanted))) setPart(partAround(Number(wanted)));
    const found = goToGoal(keeper, wanted, timeline);
    if (found === undefined) return keeper.keepPlace();
    goal.current = undefined;
    if (found !== null) setLit(found);
    keeper.keepPlace();
  }, [keeper, handle, timeline, part, live, opened]);

  function toLatest() {
    goal.current = "end";
    setLit(null);
    setPart("end");
    if (timeline.hasNewer) attempt(() => handle.jumpToLatest());
  }

  return { keeper, lit, messages, live, toLatest };
}

/** Goes there if it is drawn; answers what to light up or null, undefined when it is not there. */
function goToGoal(
  keeper: Keeper,
  goal: number | "unread" | "end" | undefined,
  { firstUnreadSeq, loading, messages }: Timeline,
): number | null | undefined {
  if (goal === undefined) return undefined;
  if (typeof goal === "number") {
    const row = keeper.findRow(goal);
    if (row) keeper.showRow(row, 0.4);
    return row ? goal : undefined;
  }
  if (loading === "first" || messages.length === 0) return undefined;
  const row = goal === "unread" && firstUnreadSeq !== null && keeper.findRow(firstUnreadSeq);
  if (row) keeper.showRow(row, UNREAD_AT);
  else if (keeper.live) keeper.goToEnd();
  else return goal === "end" ? undefined : null;
  return null;
}

/** Fetches what is next to all that is held, when that is near. */
function fetchNearby(
  keeper: Keeper,
  handle: RoomHandle,
  { loading, hasOlder, hasNewer, messages: held }: Timeline,
  drawn: readonly Message[],
): void {
  if (loading) return;
  const [oldest, newest] = [drawn[0] === held[0], drawn.at(-1) === held.at(-1)];
  if (hasOlder && oldest && keeper.heightsAbove < AHEAD) handle.loadOlder().catch(() => undefined);
  else if (hasNewer && newest && keeper.heightsBelow < AHEAD)
    handle.loadNewer().catch(() => undefined);
}
