/** Events that happen once, for bots, sounds and alerts. */

import type { RoomHandle } from "./room.ts";
import type { Message, Notification, SignedOut } from "./types.ts";

export interface ChatEvents {
  /** Each new message once, in the order of its room, after it is in the timeline. */
  readonly message: { readonly room: RoomHandle; readonly message: Message };
  /** A message was edited or deleted. */
  readonly changed: { readonly message: Message };
  readonly notification: { readonly notification: Notification };
  readonly signed_out: SignedOut;
}

type Listener<E extends keyof ChatEvents> = (event: ChatEvents[E]) => void;

export class Listeners {
  private readonly known = new Map<string, Set<(event: never) => void>>();

  /** Returns a function that stops the listener. */
  on<E extends keyof ChatEvents>(event: E, listener: Listener<E>): () => void {
    const listeners = this.known.get(event) ?? new Set();
    this.known.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  tellListeners<E extends keyof ChatEvents>(event: E, data: ChatEvents[E]): void {
    for (const listener of this.known.get(event) ?? []) {
      // Called after the whole change has been applied. A listener that fails does not stop the
      // others.
      queueMicrotask(() => (listener as Listener<E>)(data));
    }
  }
}
