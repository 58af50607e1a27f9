import type { Message, Outgoing } from "realtime-chat-sdk";

/** A line of the timeline, with how it belongs to those around it. */
export interface Row {
  /** The same before and after an own message is sent. */
  readonly key: string;
  readonly message: Message | null;
  readonly outgoing: Outgoing | null;
  /** Begins or ends what one author said in one go. */
  readonly first: boolean;
  readonly last: boolean;
  /** The time of the first one of a day. */
  readonly day: string | null;
  /** "New messages" stands above it. */
  readonly unread: boolean;
}

/** Longer silences part what one author says. */
const TOGETHER = 5 * 60_000;

export function rowsOf(
  messages: readonly Message[],
  outgoing: readonly Outgoing[],
  firstUnreadSeq: number | null,
  myId: string,
): readonly Row[] {
  const lines = [
    ...messages.map((each) => line(each)),
    ...outgoing.map((each) => sent(each, myId)),
  ];
  return lines.map(({ at, author, key, message, outgoing }, n) => {
    const newDay = !sameDay(lines[n - 1]?.at, at);
    const unread = message !== null && message.seq === firstUnreadSeq;
    const next = lines[n + 1];
    const parts = (seq: number | undefined) => seq !== undefined && seq === firstUnreadSeq;
    return {
      key,
      message,
      outgoing,
      day: newDay ? new Date(at).toISOString() : null,
      unread,
      first: newDay || unread || !together(lines[n - 1], { at, author }),
      last:
        !next ||
        !sameDay(at, next.at) ||
        parts(next.message?.seq) ||
        !together({ at, author }, next),
    };
  });
}

interface Line {
  readonly key: string;
  readonly at: number;
  /** Null: nobody's, and never together with others. */
  readonly author: string | null;
  readonly message: Message | null;
  readonly outgoing: Outgoing | null;
}

function line(message: Message): Line {
  return {
    key: message.client_id ?? message.id,
    at: Date.parse(message.created_at),
    author: message.kind === "system" ? null : message.author_id,
    message,
    outgoing: null,
  };
}

function sent(outgoing: Outgoing, myId: string): Line {
  const at = Date.parse(outgoing.createdAt);
  return { key: outgoing.clientId, at, author: myId, message: null, outgoing };
}

function together(a: Pick<Line, "at" | "author"> | undefined, b: Pick<Line, "at" | "author">) {
  return a !== undefined && a.author !== null && a.author === b.author && b.at - a.at < TOGETHER;
}

function sameDay(a: number | undefined, b: number): boolean {
  return a !== undefined && new Date(a).toDateString() === new Date(b).toDateString();
}
