import { chat } from "../chat.ts";
import type { Place } from "./keeper.ts";

const MOST_PLACES = 100;

/** Where the user was reading in each room, other than at its end. */
const places = new Map<string, Place>();

export const placeIn = (roomId: string): Place | undefined => places.get(roomId);

export function keepPlaceIn(roomId: string, place: Place | null): void {
  places.delete(roomId);
  if (!place) return;
  places.set(roomId, place);
  const [oldest] = places.keys();
  if (places.size > MOST_PLACES && oldest) places.delete(oldest);
}

chat.on("signed_out", () => places.clear());
