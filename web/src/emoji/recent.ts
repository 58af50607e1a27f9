/** The reactions that most people use. */
export const QUICK_REACTIONS = ["👍", "❤️", "😂", "🎉", "😮", "😢"] as const;

const RECENT_KEY = "emoji";
const MOST_RECENT = 16;

/** The emoji last picked on this device, the latest first. */
export function recentEmoji(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function rememberEmoji(emoji: string): void {
  const kept = [emoji, ...recentEmoji().filter((each) => each !== emoji)].slice(0, MOST_RECENT);
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify(kept));
  } catch {
    // The browser has no storage, so nothing is remembered.
  }
}
