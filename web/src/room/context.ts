import { createContext, use } from "react";
import type { Message, RoomHandle } from "realtime-chat-sdk";

/**
 * What a message's row needs to know about its room. It stays the same object until something
 * changes.
 */
export interface RoomScope {
  readonly handle: RoomHandle;
  readonly kind: "direct" | "group";
  readonly myId: string;
  /** Whether the number of readers stands beside a message, since their faces do not. */
  readonly countsReaders: boolean;
  /** Whether the user is a member, who may act on the messages. */
  readonly inside: boolean;
  readonly mayPin: boolean;
  readonly mayDeleteOthers: boolean;
  readonly tasks: Tasks;
}

/** What a row can ask of the room's view. */
export interface Tasks {
  readonly reply: (message: Message) => void;
  readonly edit: (message: Message) => void;
  /** Asks for confirmation first. */
  readonly remove: (message: Message) => void;
  readonly showReactions: (seq: number) => void;
  readonly jumpTo: (seq: number) => void;
}

/** The message that the composer answers or edits: a reference, since the message may change. */
export interface About {
  readonly what: "reply" | "edit";
  readonly seq: number;
  /** The message's text when the editing began. */
  readonly text?: string;
}

const Scope = createContext<RoomScope | null>(null);

export const RoomScopeProvider = Scope.Provider;

export function useRoomScope(): RoomScope {
  const scope = use(Scope);
  if (!scope) throw new Error("useRoomScope needs a RoomScopeProvider around it");
  return scope;
}
