import { useState } from "react";
import type { Attachment } from "realtime-chat-sdk";
import { useMediaQuery } from "../lib/use-media-query.ts";

/** An animation is the only picture that takes time. */
const isMoving = ({ content_type, duration }: Attachment): boolean =>
  content_type.startsWith("image/") && duration !== null;

/**
 * What is shown of a picture in place of itself: its thumbnail, which does not move, until somebody
 * who wants less motion presses it. `still` says that a press would make it move.
 */
export function useMoving(picture: Attachment) {
  const [played, setPlayed] = useState(false);
  const less = useMediaQuery("(prefers-reduced-motion: reduce)");
  const moves = isMoving(picture);
  const still = moves && less && !played;
  return { moves, still, play: () => setPlayed(true) };
}
