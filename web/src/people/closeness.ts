/** How often somebody is written to loses half of its weight in this time. */
const HALF_LIFE_MS = 30 * 24 * 3_600_000;

/** What the client knows of a direct chat. */
export interface Correspondence {
  readonly userId: string;
  /** How many messages were ever sent there, by either side. */
  readonly sent: number;
  /** When the last one was, in milliseconds. */
  readonly lastAt: number;
  /** How many messages the client holds, and how many of these the user has written. */
  readonly held: number;
  readonly own: number;
}

/**
 * The ids of the people, first whom the user writes to most. Nobody counts the user's own messages,
 * so they are estimated: as large a share of all as of those that are held. One message of each side
 * is added to these, so that a single one does not decide.
 */
export function byCloseness(chats: readonly Correspondence[], now: number): readonly string[] {
  const written = ({ sent, own, held, lastAt }: Correspondence) =>
    ((sent * (own + 1)) / (held + 2)) * 0.5 ** (Math.max(0, now - lastAt) / HALF_LIFE_MS);
  return chats
    .map((each) => ({ userId: each.userId, written: written(each) }))
    .sort((a, b) => b.written - a.written)
    .map(({ userId }) => userId);
}
