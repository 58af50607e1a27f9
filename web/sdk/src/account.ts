/** Who is signed in, and the access token of the moment. */

import type { Cache } from "./cache.ts";
import { ChatError, forget } from "./errors.ts";
import type { Http, Tokens } from "./http.ts";
import type { Me, Session, SignIn, SignUp } from "./types.ts";
import { Cell } from "./value.ts";

/** Of a token's life, the part that is left when it is refreshed: a minute at most. */
const EARLY = 1 / 3;
const EARLIEST = 60_000;
const LONGEST_TIMER = 2 ** 31 - 1;
const LOCK = "realtime-chat-refresh";

interface Kept {
  readonly user: Me;
  readonly refreshToken: string | null;
}

interface Token {
  readonly value: string;
  readonly refreshAt: number;
}

export interface AccountOptions {
  readonly cookie: boolean;
  readonly device: string | undefined;
}

export class Account implements Tokens {
  readonly me = new Cell<Me | null>(null);
  /** A token that replaces the one before. */
  onToken: (token: string) => void = () => {};
  /** The session has ended, here or elsewhere. */
  onEnd: () => void = () => {};
  private token: Token | null = null;
  private refreshToken: string | null = null;
  private refreshing: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly http: Http,
    private readonly cache: Cache,
    private readonly options: AccountOptions,
  ) {}

  signUp(body: SignUp): Promise<void> {
    return this.begin("/auth/signup", body);
  }

  signIn(body: SignIn): Promise<void> {
    return this.begin("/auth/signin", body);
  }

  private async begin(path: string, given: SignUp | SignIn): Promise<void> {
    const { cookie, device } = this.options;
    const body = { ...given, cookie, device };
    const session = await this.http.request<Session>("POST", path, { body, open: true });
    if (this.me.get()) await this.end();
    // What is kept belongs to one user.
    else await this.cache.clear();
    await this.take(session);
  }

  /** Shows who was signed in last time, before the server is asked. */
  async recall(): Promise<boolean> {
    const state = new Map(await this.cache.load("state"));
    const kept = state.get("session") as Kept | undefined;
    if (!kept) return false;
    this.refreshToken = kept.refreshToken;
    this.me.set(kept.user);
    return true;
  }

  /** Whether the last session goes on, as far as one can know: offline it does. */
  async restore(): Promise<boolean> {
    const recalled = this.me.get() !== null;
    if (!recalled && !this.options.cookie) return false;
    try {
      await this.refresh();
    } catch (error) {
      if (!recalled && this.me.get() === null && !isEnd(error)) throw error;
    }
    return this.me.get() !== null;
  }

  async signOut(): Promise<void> {
    try {
      await this.http.request<void>("POST", "/auth/signout");
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
    await this.end();
  }

  async fresh(): Promise<string | null> {
    if (!this.me.get()) return null;
    if (!this.token || Date.now() >= this.token.refreshAt) await this.refreshOrKeep();
    return this.token?.value ?? null;
  }

  async renew(expired: string): Promise<void> {
    if (this.token?.value === expired) this.token = null;
    if (!this.token) await this.refresh();
  }

  /** Everybody waits for the same refresh. */
  refresh(): Promise<void> {
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /** A token that is near its end is still good while the server cannot be asked for another. */
  private async refreshOrKeep(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      if (!this.token) throw error;
    }
  }

  private async refreshOnce(): Promise<void> {
    try {
      await this.take(await alone(this.options.cookie, () => this.askForSession()));
    } catch (error) {
      if (isEnd(error)) await this.end();
      throw error;
    }
  }

  private async askForSession(): Promise<Session> {
    const body = this.options.cookie ? {} : { refresh_token: this.refreshToken };
    try {
      return await this.http.request<Session>("POST", "/auth/refresh", { body, open: true });
    } catch (error) {
      // There is no cookie, so the token is what is missing.
      if (!(error instanceof ChatError) || error.code !== "validation_failed") throw error;
      throw new ChatError("unauthenticated", "signed out", 401);
    }
  }

  private async take(session: Session): Promise<void> {
    const life = session.expires_in * 1000;
    const early = Math.min(life * EARLY, EARLIEST);
    this.refreshToken = session.refresh_token;
    const kept: Kept = { user: session.user, refreshToken: session.refresh_token };
    // Before it is used: it must not get lost when the program ends here.
    await this.cache.save([["state", "session", kept]]);
    this.token = { value: session.access_token, refreshAt: Date.now() + life - early };
    this.me.set(session.user);
    clearTimeout(this.timer);
    // Whatever the clock says: by it a timer may be a little early.
    this.timer = setTimeout(() => forget(this.refreshOrKeep()), timerFor(life - early));
    this.onToken(session.access_token);
  }

  /** One's own profile has changed. */
  update(user: Partial<Me>): void {
    const me = this.me.get();
    if (!me) return;
    const changed = { ...me, ...user };
    this.me.set(changed);
    const kept: Kept = { user: changed, refreshToken: this.refreshToken };
    forget(this.cache.save([["state", "session", kept]]));
  }

  /** Forgets everything of the session. */
  async end(): Promise<void> {
    if (!this.me.get() && !this.refreshToken) return;
    clearTimeout(this.timer);
    this.token = null;
    this.refreshToken = null;
    this.me.set(null);
    this.onEnd();
    await this.cache.clear();
  }
}

function timerFor(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 0), LONGEST_TIMER);
}

/** The server has said that there is no such session. */
function isEnd(error: unknown): boolean {
  return error instanceof ChatError && error.status === 401 && error.code !== "token_expired";
}

/** The tabs of a browser share the cookie: one of them refreshes at a time. */
function alone<T>(shared: boolean, work: () => Promise<T>): Promise<T> {
  const locks = shared ? globalThis.navigator?.locks : undefined;
  return locks ? (locks.request(LOCK, work) as Promise<T>) : work();
}
