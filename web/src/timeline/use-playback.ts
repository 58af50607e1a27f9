import { type RefObject, useCallback, useEffect, useState } from "react";
import { cell, useValue } from "../lib/value.ts";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** The speed of everything that is played, until the page is closed. */
const speed = cell(1);
/** The one that plays. Another that begins stops it. */
let playing: HTMLMediaElement | null = null;

/** What a video or audio element does, and how to control it. `duration` is in milliseconds. */
export function usePlayback(ref: RefObject<HTMLMediaElement | null>, duration: number | null) {
  const [plays, setPlays] = useState(false);
  const [time, setTime] = useState(0);
  const [length, setLength] = useState((duration ?? 0) / 1000);
  const chosen = useValue(speed);
  useEffect(() => {
    if (ref.current) ref.current.playbackRate = chosen;
  }, [ref, chosen]);

  /** Recordings of browsers do not say how long they are; the server has looked. */
  const measure = useCallback(({ currentTarget: media }: MediaEvent) => {
    if (Number.isFinite(media.duration)) setLength(media.duration);
  }, []);
  const follow = useCallback(({ currentTarget: media }: MediaEvent) => {
    setTime(media.currentTime);
    setPlays(!media.paused);
  }, []);
  const events = {
    onLoadedMetadata: measure,
    onDurationChange: measure,
    onTimeUpdate: follow,
    onSeeked: follow,
    onPause: follow,
    onEnded: follow,
    onPlay(event: MediaEvent) {
      const media = event.currentTarget;
      if (playing !== media) playing?.pause();
      playing = media;
      media.playbackRate = chosen;
      follow(event);
    },
  };
  return {
    plays,
    time,
    length: Math.max(length, time),
    speed: chosen,
    setSpeed: speed.set,
    events,
    toggle() {
      const media = ref.current;
      // A refusal of the browser to play is told by the element's own error.
      if (media?.paused) media.play().catch(() => {});
      else media?.pause();
    },
    seek(seconds: number) {
      setTime(seconds);
      if (ref.current) ref.current.currentTime = seconds;
    },
  };
}

interface MediaEvent {
  readonly currentTarget: HTMLMediaElement;
}

export type Playback = ReturnType<typeof usePlayback>;
