import { chat } from "../chat.ts";
import type { ReadingPlace } from "./keeper.ts";

const MOST_PLACES = 100;

/** Where the user was reading in each room, other than at its end. */
const places = new Map<string, ReadingPlace>();

export const placeIn = (roomId: string): ReadingPlace | undefined => places.get(roomId);

export function keepPlaceIn(roomId: string, place: ReadingPlace | null): void {
  places.delete(roomId);
  if (!place) return;
  places.set(roomId, place);
  const [oldest] = places.keys();
  if (places.size > MOST_PLACES && oldest) places.delete(oldest);
}

chat.on("signed_out", () => places.clear());
