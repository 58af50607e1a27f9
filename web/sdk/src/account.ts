/** Who is signed in, and the access token of the moment. */

import type { Cache } from "./cache.ts";
import { ChatError, ignoreFailure } from "./errors.ts";
import type { Http, Tokens } from "./http.ts";
import type { Me, Session, SignIn, SignUp } from "./types.ts";
import { Cell } from "./value.ts";

/** Of a token's life, the part that is left when it is refreshed: a minute at most. */
const EARLY = 1 / 3;
const EARLIEST = 60_000;
const LONGEST_TIMER = 2 ** 31 - 1;
const LOCK = "realtime-chat-refresh";

interface KeptSession {
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
    return this.beginSession("/auth/signup", body);
  }

  signIn(body: SignIn): Promise<void> {
    return this.beginSession("/auth/signin", body);
  }

  private async beginSession(path: string, given: SignUp | SignIn): Promise<void> {
    const { cookie, device } = this.options;
    const body = { ...given, cookie, device };
    const session = await this.http.request<Session>("POST", path, { body, open: true });
    if (this.me.get()) await this.endSession();
    // What is kept belongs to one user.
    else await this.cache.clear();
    await this.takeSession(session);
  }

  /** Shows who was signed in last time, before the server is asked. */
  async recallSession(): Promise<boolean> {
    const state = new Map(await this.cache.load("state"));
    const kept = state.get("session") as KeptSession | undefined;
    if (!kept) return false;
    this.refreshToken = kept.refreshToken;
    this.me.set(kept.user);
    return true;
  }

  /** Whether the last session goes on, as far as one can know: offline it does. */
  async restoreSession(): Promise<boolean> {
    const recalled = this.me.get() !== null;
    if (!recalled && !this.options.cookie) return false;
    try {
      await this.refreshSession();
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
    await this.endSession();
  }

  async freshToken(): Promise<string | null> {
    if (!this.me.get()) return null;
    if (!this.token || Date.now() >= this.token.refreshAt) await this.refreshOrKeep();
    return this.token?.value ?? null;
  }

  async replaceToken(expired: string): Promise<void> {
    if (this.token?.value === expired) this.token = null;
    if (!this.token) await this.refreshSession();
  }

  /** Everybody waits for the same refresh. */
  refreshSession(): Promise<void> {
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
      await this.refreshSession();
    } catch (error) {
      if (!this.token) throw error;
    }
  }

  private async refreshOnce(): Promise<void> {
    try {
      await this.takeSession(await oneTabAtATime(this.options.cookie, () => this.askForSession()));
    } catch (error) {
      if (isEnd(error)) await this.endSession();
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

  private async takeSession(session: Session): Promise<void> {
    const life = session.expires_in * 1000;
    const early = Math.min(life * EARLY, EARLIEST);
    this.refreshToken = session.refresh_token;
    const kept: KeptSession = { user: session.user, refreshToken: session.refresh_token };
    // Before it is used: it must not get lost when the program ends here.
    await this.cache.save([["state", "session", kept]]);
    this.token = { value: session.access_token, refreshAt: Date.now() + life - early };
    this.me.set(session.user);
    clearTimeout(this.timer);
    // Whatever the clock says: by it a timer may be a little early.
    this.timer = setTimeout(() => ignoreFailure(this.refreshOrKeep()), timerFor(life - early));
    this.onToken(session.access_token);
  }

  /** One's own profile has changed. */
  updateProfile(user: Partial<Me>): void {
    const me = this.me.get();
    if (!me) return;
    const changed = { ...me, ...user };
    this.me.set(changed);
    const kept: KeptSession = { user: changed, refreshToken: this.refreshToken };
    ignoreFailure(this.cache.save([["state", "session", kept]]));
  }

  /** Forgets everything of the session. */
  async endSession(): Promise<void> {
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
function oneTabAtATime<T>(shared: boolean, work: () => Promise<T>): Promise<T> {
  const locks = shared ? globalThis.navigator?.locks : undefined;
  return locks ? (locks.request(LOCK, work) as Promise<T>) : work();
}
