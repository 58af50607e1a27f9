import type { SignedOut } from "realtime-chat-sdk";
import { cell } from "./lib/value.ts";

const KEY = "farewell";

/**
 * Why the last session of this browser is over, for the sign-in screen; null if the user has signed
 * out there. It outlives the page.
 */
export const farewell = cell<SignedOut | null>(storedFarewell());

export function setFarewell(next: SignedOut | null): void {
  farewell.set(next);
  if (next) localStorage.setItem(KEY, JSON.stringify(next));
  else localStorage.removeItem(KEY);
}

function storedFarewell(): SignedOut | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}
