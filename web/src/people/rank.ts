import type { User } from "realtime-chat-sdk";
import { fold } from "../lib/fold.ts";

/** How well a name fits: 0 is the best, null does not fit. `word` is folded. */
function nameRank({ username, display_name, deleted }: User, word: string): number | null {
  if (deleted) return null;
  const name = fold(display_name);
  if (username.toLowerCase() === word || name === word) return 0;
  if (username.toLowerCase().startsWith(word)) return 1;
  return name.split(/[\s-]+/).some((each) => each.startsWith(word)) || name.startsWith(word)
    ? 2
    : null;
}

/**
 * Those who fit, the best first; of those who fit equally, whom one writes to most, in the order of
 * `closest`.
 */
export function rankedUsers(
  users: readonly User[],
  word: string,
  closest: readonly string[],
): readonly User[] {
  const ranked = users.flatMap((user) => {
    const rank = nameRank(user, word);
    if (rank === null) return [];
    const at = closest.indexOf(user.id);
    return [{ user, rank, at: at < 0 ? closest.length : at }];
  });
  ranked.sort((a, b) => a.rank - b.rank || a.at - b.at);
  return ranked.map(({ user }) => user);
}
