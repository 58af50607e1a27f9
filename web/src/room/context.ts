import { createContext, use } from "react";
import type { Message, RoomHandle } from "realtime-chat-sdk";

/** What a message's row needs of its room; the same object until one of these changes. */
export interface RoomScope {
  readonly handle: RoomHandle;
  readonly kind: "direct" | "group";
  readonly myId: string;
  /** One is in the room, and may say something about its messages. */
  readonly inside: boolean;
  readonly mayPin: boolean;
  readonly mayDeleteOthers: boolean;
  readonly tasks: Tasks;
}

/** What rows ask of the view around them. */
export interface Tasks {
  readonly reply: (message: Message) => void;
  readonly edit: (message: Message) => void;
  /** Asks first. */
  readonly remove: (message: Message) => void;
  readonly jumpTo: (seq: number) => void;
}

/** The message that the composer answers or edits. */
export interface About {
  readonly what: "reply" | "edit";
  readonly message: Message;
}

const Scope = createContext<RoomScope | null>(null);

export const RoomScopeProvider = Scope.Provider;

export function useRoomScope(): RoomScope {
  const scope = use(Scope);
  if (!scope) throw new Error("there is no room around");
  return scope;
}
