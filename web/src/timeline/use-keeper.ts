import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Message, RoomHandle, Timeline } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import { fetchNearby, type Goal, goToGoal } from "./goal.ts";
import { Keeper } from "./keeper.ts";
import { type DrawnPart, drawnOf, nextPart, partAround } from "./part.ts";
import { keepPlaceIn, placeIn } from "./places.ts";
import { useReading } from "./use-reading.ts";

export interface Jump {
  readonly seq: number;
}

interface Places {
  readonly viewport: RefObject<HTMLDivElement | null>;
  readonly list: RefObject<HTMLDivElement | null>;
}

/**
 * Scrolls in an open room: to where reading stopped, to a message that was jumped to, and to the end
 * when the user sends something. Fetches the messages that come into reach, and marks those as read
 * that were in sight.
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
  const goal = useRef<Goal>("unread");
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
      keepPlaceIn(handle.id, made.place);
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
    const place = placeIn(handle.id);
    goal.current = place ?? "unread";
    setPart("all");
    if (!place) return;
    handle.jumpTo(place.seq).catch(() => {
      goal.current = "unread";
    });
  }, [handle, jump]);

  useEffect(() => {
    if (!jump) return;
    goal.current = jump.seq;
    setLit(null);
    attempt(() => handle.jumpTo(jump.seq));
  }, [handle, jump]);

  const sent = useRef(timeline.outgoing.length);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it runs whenever another part is drawn.
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
    const seq = typeof wanted === "object" ? wanted.seq : Number(wanted);
    const here = (each: Message) => each.seq === seq;
    // What is drawn may have no row yet: a room that is loading shows no messages.
    if (timeline.messages.some(here) && !messages.some(here)) setPart(partAround(seq));
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
