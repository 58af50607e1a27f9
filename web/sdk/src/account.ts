/** Holds the signed-in user and the current access token. */

import type { BatchedCache } from "./batched-cache.ts";
import { askElsewhere, type GivenSession, type GiveSession } from "./elsewhere.ts";
import { ChatError, ignoreFailure } from "./errors.ts";
import { endsForGood, forgetSession } from "./forget.ts";
import type { Http, Tokens } from "./http.ts";
import type { OriginCheck } from "./origin-check.ts";
import type { Me, Session, SignIn, SignOutReason, SignUp } from "./types.ts";
import { Cell } from "./value.ts";

/**
 * A token is refreshed when this share of its lifetime is left, but at most `EARLIEST` before it
 * expires.
 */
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
  readonly session: GiveSession | undefined;
}

export class Account implements Tokens {
  readonly me = new Cell<Me | null>(null);
  /** Called with each token that replaces an older one. */
  onToken: (token: string) => void = () => {};
  /** Called when another user is signed in now: their rooms and messages have to be loaded. */
  onOtherUser: () => void = () => {};
  /** Called when the session has ended, on this device or from another one. */
  onEnd: (userId: string, reason: SignOutReason) => void = () => {};
  private token: Token | null = null;
  private refreshToken: string | null = null;
  private refreshing: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** `signOut` is under way. The server then ends the connection before it answers. */
  private leaving = false;

  constructor(
    private readonly http: Http,
    private readonly cache: BatchedCache,
    private readonly options: AccountOptions,
    private readonly origins: OriginCheck,
  ) {}

  signUp(body: SignUp): Promise<void> {
    return this.beginSession("/auth/signup", body);
  }

  signIn(body: SignIn): Promise<void> {
    return this.beginSession("/auth/signin", body);
  }

  private async beginSession(path: string, given: SignUp | SignIn): Promise<void> {
    const { cookie, device, session: give } = this.options;
    if (give) throw new TypeError("the session comes from elsewhere: call restore()");
    this.origins.checkCookie();
    const body = { ...given, cookie, device };
    const session = await this.http.request<Session>("POST", path, { body, open: true });
    if (this.me.get()) await this.endSession("replaced");
    // What is cached belongs to one user, so nothing of an earlier user may be shown.
    else await forgetSession(this.cache, null);
    await this.takeSession(session);
  }

  /** Shows the user of the last session before the server has answered. */
  async recallSession(): Promise<boolean> {
    const state = new Map(await this.cache.load("state"));
    const kept = state.get("session") as KeptSession | undefined;
    if (!kept) return false;
    this.refreshToken = kept.refreshToken;
    this.me.set(kept.user);
    return true;
  }

  /**
   * Resolves to whether the last session continues. Without a network it is taken to continue,
   * because only the server can say that it has ended.
   */
  async restoreSession(): Promise<boolean> {
    const recalled = this.me.get() !== null;
    const { cookie, session: give } = this.options;
    if (!recalled && !cookie && !give) return false;
    try {
      await this.refreshSession();
    } catch (error) {
      if (!recalled && this.me.get() === null && !isEnd(error)) throw error;
    }
    return this.me.get() !== null;
  }

  async signOut(): Promise<void> {
    this.leaving = true;
    try {
      await this.http.request<void>("POST", "/auth/signout");
    } catch (error) {
      this.leaving = false;
      if (!isEnd(error) && this.me.get()) throw error;
    }
    await this.endSession("asked");
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

  /** All callers wait for the same refresh. */
  refreshSession(): Promise<void> {
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /**
   * Refreshes the token if possible. A token close to its end stays usable while the server is
   * unreachable.
   */
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
      if (isEnd(error)) await this.endSession("lapsed");
      throw error;
    }
  }

  private async askForSession(): Promise<GivenSession> {
    if (this.options.session) return askElsewhere(this.options.session);
    this.origins.checkCookie();
    const body = this.options.cookie ? {} : { refresh_token: this.refreshToken };
    try {
      return await this.http.request<Session>("POST", "/auth/refresh", { body, open: true });
    } catch (error) {
      // The request carried no token at all because the browser has no cookie: there is no session.
      if (!(error instanceof ChatError) || error.code !== "validation_failed") throw error;
      throw new ChatError("unauthenticated", "nobody is signed in", 401);
    }
  }

  private async takeSession(session: GivenSession): Promise<void> {
    const life = session.expires_in * 1000;
    const early = Math.min(life * EARLY, EARLIEST);
    const before = this.me.get();
    const isOther = before !== null && before.id !== session.user.id;
    // Another tab may have signed in as another user. All data held here belongs to one user.
    if (isOther) await this.endSession("replaced");
    this.refreshToken = this.options.session ? null : (session.refresh_token ?? null);
    const kept: KeptSession = { user: session.user, refreshToken: this.refreshToken };
    // Saved before it is used, so that the new refresh token is not lost if the program ends here.
    await this.cache.save([["state", "session", kept]]);
    this.token = { value: session.access_token, refreshAt: Date.now() + life - early };
    this.me.set(session.user);
    clearTimeout(this.timer);
    // When the timer fires, the clock is not compared with `refreshAt`, because timers may fire a
    // little early.
    this.timer = setTimeout(() => ignoreFailure(this.refreshOrKeep()), timerFor(life - early));
    this.onToken(session.access_token);
    if (isOther) this.onOtherUser();
  }

  /** Applies a change of the user's own profile. */
  updateProfile(user: Partial<Me>): void {
    const me = this.me.get();
    if (!me) return;
    const changed = { ...me, ...user };
    this.me.set(changed);
    const kept: KeptSession = { user: changed, refreshToken: this.refreshToken };
    ignoreFailure(this.cache.save([["state", "session", kept]]));
  }

  /**
   * Forgets everything that belongs to the session. If it did not end on purpose, the user's unsent
   * messages wait for their next sign-in.
   */
  async endSession(given: SignOutReason): Promise<void> {
    const userId = this.me.get()?.id;
    if (userId === undefined) return;
    const reason = this.leaving ? "asked" : given;
    this.leaving = false;
    clearTimeout(this.timer);
    this.token = null;
    this.refreshToken = null;
    this.me.set(null);
    this.onEnd(userId, reason);
    await forgetSession(this.cache, endsForGood(reason) ? userId : null);
  }
}

function timerFor(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 0), LONGEST_TIMER);
}

/** Whether the server has said that the session does not exist. */
function isEnd(error: unknown): boolean {
  return error instanceof ChatError && error.status === 401 && error.code !== "token_expired";
}

/** The tabs of a browser share the cookie, so only one tab at a time may refresh. */
function oneTabAtATime<T>(shared: boolean, work: () => Promise<T>): Promise<T> {
  const locks = shared ? globalThis.navigator?.locks : undefined;
  return locks ? (locks.request(LOCK, work) as Promise<T>) : work();
}
