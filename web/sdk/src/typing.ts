/** Who is typing: other users, until they stop or nothing more is heard, and the user. */

import { Cell } from "./value.ts";

/** Milliseconds after which a user of whom nothing is heard has stopped typing. */
const FADES = 7_000;
/** While the user types, the server is told at this interval, not at each key. */
const TYPING_EVERY = 3_000;
const STOPS = 4_000;

type Timer = ReturnType<typeof setTimeout>;

export class Typing {
  readonly users = new Cell<readonly string[]>([]);
  private readonly fading = new Map<string, Timer>();
  private toldAt = 0;
  private stopping: Timer | undefined;

  /** `tell` may fail, because it is only a hint. */
  constructor(private readonly tell: (typing: boolean) => void) {}

  /** Takes a hint about another user. */
  heardTyping(userId: string, typing: boolean): void {
    clearTimeout(this.fading.get(userId));
    this.fading.delete(userId);
    if (typing)
      this.fading.set(
        userId,
        setTimeout(() => this.heardTyping(userId, false), FADES),
      );
    const before = this.users.get();
    if (typing && !before.includes(userId)) this.users.set([...before, userId]);
    if (!typing && before.includes(userId)) this.users.set(before.filter((id) => id !== userId));
  }

  keyPressed(): void {
    clearTimeout(this.stopping);
    this.stopping = setTimeout(() => this.stopTyping(), STOPS);
    if (Date.now() - this.toldAt < TYPING_EVERY) return;
    this.toldAt = Date.now();
    this.tell(true);
  }

  stopTyping(): void {
    clearTimeout(this.stopping);
    if (this.toldAt === 0) return;
    this.toldAt = 0;
    this.tell(false);
  }

  /** The user has sent the message, which implies that they have stopped typing. */
  messageSent(): void {
    clearTimeout(this.stopping);
    this.toldAt = 0;
  }

  /** The connection is lost, so nobody is known to be typing. */
  forgetTypists(): void {
    this.messageSent();
    for (const timer of this.fading.values()) clearTimeout(timer);
    this.fading.clear();
    if (this.users.get().length > 0) this.users.set([]);
  }
}
