import { openPanel } from "../lib/router.tsx";
import { cell } from "../lib/value.ts";

/** The words that the panel is asked to search for; null once it does. */
export const wantedSearch = cell<string | null>(null);

/** Opens the panel with a search for these words in all chats. */
export function searchEverywhere(words: string): void {
  wantedSearch.set(words);
  openPanel("search");
}
