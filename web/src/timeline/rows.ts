import type { Message, Outgoing } from "realtime-chat-sdk";

/** A row of the timeline, and how it relates to its neighbours. */
export interface TimelineRow {
  /** The same key before and after the user's own message is sent. */
  readonly key: string;
  readonly message: Message | null;
  readonly outgoing: Outgoing | null;
  /** Whether it is the first or last of a group of messages by one author. */
  readonly first: boolean;
  readonly last: boolean;
  /** The time of the day's first message; null for the others. */
  readonly day: string | null;
  /** Whether "New messages" stands above it. */
  readonly unread: boolean;
}

/** A longer silence starts a new group, in milliseconds. */
const TOGETHER = 5 * 60_000;

export function rowsOf(
  messages: readonly Message[],
  outgoing: readonly Outgoing[],
  firstUnreadSeq: number | null,
  myId: string,
): readonly TimelineRow[] {
  const lines = [...messages.map(line), ...outgoing.map((each) => sent(each, myId))];
  const isUnread = (of: Line | undefined) =>
    of?.message != null && of.message.seq === firstUnreadSeq;
  return lines.map((here, n) => {
    const [before, after] = [lines[n - 1], lines[n + 1]];
    const unread = isUnread(here);
    const { key, message, outgoing } = here;
    return {
      key,
      message,
      outgoing,
      day: before?.day === here.day ? null : here.created,
      unread,
      first: unread || !together(before, here),
      last: isUnread(after) || !together(here, after),
    };
  });
}

interface Line {
  readonly key: string;
  readonly created: string;
  readonly at: number;
  readonly day: string;
  /** Null for system messages, which belong to no group. */
  readonly author: string | null;
  readonly message: Message | null;
  readonly outgoing: Outgoing | null;
}

/** Cached, because dates are expensive and each new message looks at all rows again. */
const lines = new WeakMap<Message, Line>();

function line(message: Message): Line {
  const known = lines.get(message);
  if (known) return known;
  const author = message.kind === "system" ? null : message.author_id;
  const key = message.client_id ?? message.id;
  const made = { key, author, message, outgoing: null, ...when(message.created_at) };
  lines.set(message, made);
  return made;
}

function sent(outgoing: Outgoing, myId: string): Line {
  const { clientId: key, createdAt } = outgoing;
  return { key, author: myId, message: null, outgoing, ...when(createdAt) };
}

function when(created: string) {
  const date = new Date(created);
  return { created, at: date.getTime(), day: date.toDateString() };
}

function together(a: Line | undefined, b: Line | undefined): boolean {
  if (!a || !b || a.author === null || a.author !== b.author) return false;
  return a.day === b.day && b.at - a.at < TOGETHER;
}
