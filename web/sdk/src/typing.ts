/** Who types: others, until they stop or fade, and oneself. */

import { Cell } from "./value.ts";

/** Somebody of whom nothing more is heard has stopped. */
const FADES = 7_000;
/** While one types the server is told again and again, not at each key. */
const EVERY = 3_000;
const STOPS = 4_000;

type Timer = ReturnType<typeof setTimeout>;

export class Typing {
  readonly users = new Cell<readonly string[]>([]);
  private readonly fading = new Map<string, Timer>();
  private toldAt = 0;
  private stopping: Timer | undefined;

  /** `tell` may fail: it is a hint. */
  constructor(private readonly tell: (typing: boolean) => void) {}

  /** What is heard of somebody else. */
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
    if (Date.now() - this.toldAt < EVERY) return;
    this.toldAt = Date.now();
    this.tell(true);
  }

  stopTyping(): void {
    clearTimeout(this.stopping);
    if (this.toldAt === 0) return;
    this.toldAt = 0;
    this.tell(false);
  }

  /** A message was sent, which says so by itself. */
  messageSent(): void {
    clearTimeout(this.stopping);
    this.toldAt = 0;
  }

  /** The connection is lost: nobody is known to type. */
  forgetTypists(): void {
    this.messageSent();
    for (const timer of this.fading.values()) clearTimeout(timer);
    this.fading.clear();
    if (this.users.get().length > 0) this.users.set([]);
  }
}
