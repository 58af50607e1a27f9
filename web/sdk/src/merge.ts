/** Merges two copies of a message, and keeps what only this client knows about it. */

import type { Message, Outgoing, ReplyTo } from "./types.ts";

const EXCERPT = 140;

/** The reactions that the user has added (true) or removed (false), by emoji. */
export type OwnReactions = ReadonlyMap<string, boolean>;
const NO_REACTIONS: OwnReactions = new Map();

export interface Update {
  readonly message: Message;
  readonly own: OwnReactions;
}

export function ownReactions(
  changes: readonly { user_id: string; emoji: string; on: boolean }[],
  userId: string,
): OwnReactions {
  return new Map(changes.filter((e) => e.user_id === userId).map((e) => [e.emoji, e.on]));
}

/** The copy with the higher version wins. */
export function laterCopy(old: Message | undefined, update: Update): Message {
  if (old && old.version >= update.message.version) return old;
  return withOwn(update.message, old, update.own);
}

/** A broadcast does not say which reactions are the user's own. */
function withOwn(message: Message, old: Message | undefined, own: OwnReactions): Message {
  if (!message.reactions.some((each) => each.me === null)) return message;
  const before = new Map(old?.reactions.map((each) => [each.emoji, each.me]));
  const reactions = message.reactions.map((each) => ({
    ...each,
    me: each.me ?? own.get(each.emoji) ?? before.get(each.emoji) ?? false,
  }));
  return { ...message, reactions };
}

export function asUpdate(message: Message, own: OwnReactions = NO_REACTIONS): Update {
  return { message, own };
}

/** The reply, with the current text, or else the kind, of the message that it quotes. */
export function withQuote(reply: Message, original: Message): Message {
  if (reply.reply_to?.seq !== original.seq) return reply;
  const excerpt = original.deleted_at ? null : cut(original.text);
  if (reply.reply_to.excerpt === excerpt) return reply;
  const file = original.text ? undefined : original.attachments[0];
  const quoted = { excerpt, content_type: file?.content_type ?? null };
  return { ...reply, reply_to: { ...reply.reply_to, ...quoted } satisfies ReplyTo };
}

/** Cuts after a number of code points, which is what the server counts. */
export function cut(text: string): string {
  return text.length <= EXCERPT ? text : Array.from(text).slice(0, EXCERPT).join("");
}

export function countsAsUnread(message: Message, userId: string): boolean {
  return message.kind === "text" && message.author_id !== userId && !message.deleted_at;
}

/** The messages on their way that are not held yet. The others have their line already. */
export function stillOutgoing(
  outgoing: readonly Outgoing[],
  held: readonly Message[],
): readonly Outgoing[] {
  if (outgoing.length === 0) return outgoing;
  const known = new Set(held.map(({ client_id }) => client_id));
  const left = outgoing.filter(({ clientId }) => !known.has(clientId));
  return left.length < outgoing.length ? left : outgoing;
}
