/** Events that happen once, for bots, sounds and alerts. */

import type { RoomHandle } from "./room.ts";
import type { Message, Notification, SignedOut } from "./types.ts";

export interface ChatEvents {
  /**
   * Called for each new message at least once, in the order of its room, after the message is in
   * the timeline. The user's own messages, from any device, have `own`. A message comes twice only
   * if the program ended before its listeners had finished and that was saved.
   */
  readonly message: {
    readonly room: RoomHandle;
    readonly message: Message;
    readonly own: boolean;
  };
  /**
   * A room has started afresh after too many changes: `message` is not called for the messages
   * from `from` to `to`, which are in the room's history.
   */
  readonly missed: { readonly room: RoomHandle; readonly from: number; readonly to: number };
  /** A message was edited or deleted. */
  readonly changed: { readonly message: Message };
  readonly notification: { readonly notification: Notification };
  readonly signed_out: SignedOut;
}

/** If it returns a promise, the listener has finished when the promise is settled. */
export type Listener<E extends keyof ChatEvents> = (event: ChatEvents[E]) => unknown;

export class Listeners {
  private readonly known = new Map<string, Set<(event: never) => unknown>>();

  /** Returns a function that stops the listener. */
  on<E extends keyof ChatEvents>(event: E, listener: Listener<E>): () => void {
    const listeners = this.known.get(event) ?? new Set();
    this.known.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Resolves once all listeners are done, whether or not they have failed. */
  async tellListeners<E extends keyof ChatEvents>(event: E, data: ChatEvents[E]): Promise<void> {
    const listeners = [...(this.known.get(event) ?? [])] as Listener<E>[];
    await Promise.all(listeners.map((listener) => callLater(listener, data)));
  }
}

/**
 * Calls a listener after the whole change has been applied. If it fails, that is reported as any
 * other failure of the application, and does not stop the others.
 */
function callLater<T>(listener: (data: T) => unknown, data: T): Promise<void> {
  return new Promise((done) => {
    queueMicrotask(() => {
      let work: unknown;
      try {
        work = listener(data);
      } finally {
        void Promise.resolve(work).finally(done);
      }
    });
  });
}
