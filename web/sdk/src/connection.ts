/** A connection that reconnects whenever it is lost. */

import { Backoff } from "./backoff.ts";
import type { Endpoints } from "./endpoints.ts";
import { asChatError, ChatError, type Code, ignoreFailure, unavailable } from "./errors.ts";
import type { Tokens } from "./http.ts";
import type { OriginCheck } from "./origin-check.ts";
import {
  type AckOf,
  type End,
  type EventOf,
  type Namespace,
  type PayloadOf,
  Sockets,
} from "./sockets.ts";
import type { ConnectionState, SignOutReason } from "./types.ts";
import { Cell } from "./value.ts";
import { onOffline, onPageReturn } from "./visibility.ts";

const LONGEST_CONNECT_WAIT = 10_000;

export class Connection {
  readonly state = new Cell<ConnectionState>({ state: "signed_out", retryAt: null, error: null });
  onEvent: (namespace: Namespace, event: string, data: unknown) => void = () => {};
  /**
   * Called when connected, to bring everything up to date. If it rejects, the client connects anew.
   */
  onConnect: () => Promise<void> = async () => {};
  onLost: () => void = () => {};
  /** Moves the server's URLs to this page's address. */
  localise: <T>(value: T) => T = (value) => value;
  /** Called when the server has ended the session. */
  onUnauthenticated: (reason: SignOutReason) => void = () => {};
  private sockets: Sockets | null = null;
  /** Counts the attempts to connect. Work that belongs to an earlier attempt is ignored. */
  private attempt = 0;
  private readonly backoff = new Backoff(LONGEST_CONNECT_WAIT);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopListening: (() => void) | null = null;

  constructor(
    private readonly server: Endpoints,
    private readonly tokens: Tokens,
    private readonly origins: OriginCheck,
  ) {}

  get connected(): boolean {
    return this.sockets?.connected ?? false;
  }

  start(): void {
    if (this.stopListening) return;
    const stops = [onPageReturn(() => this.retryNow()), onOffline(() => this.reconnect())];
    this.stopListening = () => {
      for (const stop of stops) stop();
    };
    this.backoff.reset();
    ignoreFailure(this.open());
  }

  stop(): void {
    this.stopListening?.();
    this.stopListening = null;
    this.drop();
    this.setState("signed_out");
  }

  /** Rejects with `ChatError`, and at once when there is no connection. */
  call<N extends Namespace, E extends EventOf<N>>(
    namespace: N,
    event: E,
    payload: PayloadOf<N, E>,
  ): Promise<AckOf<N, E>> {
    const call = this.sockets?.call(namespace, event, payload);
    return call?.then(this.localise) ?? Promise.reject(unavailable("not connected"));
  }

  /** Gives the server a newer token, because a socket lives as long as its token. */
  sendToken(token: string): void {
    if (this.connected) ignoreFailure(this.call("/rooms", "refresh_auth", { token }));
  }

  /** Connects without further waiting: the network is back, or the user is looking. */
  retryNow(): void {
    if (this.state.get().state === "waiting") ignoreFailure(this.open());
  }

  /** Closes a connection that may be dead, and connects again. */
  reconnect(): void {
    if (this.sockets) this.lost({ code: null, retry_after: null, message: null });
  }

  private async open(): Promise<void> {
    const attempt = this.drop();
    this.setState("connecting");
    try {
      const token = await this.tokens.freshToken();
      if (token && attempt === this.attempt) this.connect(attempt, token);
    } catch (error) {
      if (attempt === this.attempt) this.wait(asChatError(error));
    }
  }

  private connect(attempt: number, token: string): void {
    this.sockets = new Sockets(this.server, token, {
      onConnect: () => ignoreFailure(this.catchUp(attempt, token)),
      onEvent: (namespace, event, data) => {
        if (event === "auth_expiring") ignoreFailure(this.tokens.freshToken());
        else this.onEvent(namespace, event, this.localise(data));
      },
      onEnd: (end) => this.lost(end, token),
    });
  }

  private async catchUp(attempt: number, token: string): Promise<void> {
    this.setState("syncing");
    try {
      const newer = await this.tokens.freshToken();
      if (newer && newer !== token) this.sendToken(newer);
      await this.onConnect();
    } catch {
      if (attempt === this.attempt) this.reconnect();
      return;
    }
    if (attempt !== this.attempt) return;
    this.backoff.reset();
    this.setState("online");
  }

  private lost(end: End, token?: string): void {
    const { code, reason } = end;
    this.drop();
    this.onLost();
    if (code === "unauthenticated") this.onUnauthenticated(reason ?? "lapsed");
    else if (code === "token_expired" && token) ignoreFailure(this.replaceExpired(token));
    else this.wait(asError(end), end.retry_after);
  }

  private async replaceExpired(expired: string): Promise<void> {
    const attempt = this.attempt;
    this.setState("connecting");
    try {
      await this.tokens.replaceToken(expired);
    } catch (error) {
      if (asChatError(error).status === 401) return;
    }
    if (attempt !== this.attempt) return;
    // If the server refuses even the new token, pause before asking again.
    if (!this.backoff.isFirst) return this.wait(null);
    this.backoff.next(null);
    await this.open();
  }

  private wait(error: ChatError | null, atLeast: number | null = null): void {
    const wait = this.backoff.next(atLeast);
    const waiting = { state: "waiting", retryAt: Date.now() + wait, error } as const;
    this.state.set(waiting);
    this.timer = setTimeout(() => ignoreFailure(this.open()), wait);
    if (!error) ignoreFailure(this.explain(waiting));
  }

  /** The socket of a page is not told why it could not connect. */
  private async explain(waiting: ConnectionState): Promise<void> {
    const error = await this.origins.findReason();
    if (error && this.state.get() === waiting) this.state.set({ ...waiting, error });
  }

  /** Closes what is open, and starts a new attempt. Returns the number of that attempt. */
  private drop(): number {
    clearTimeout(this.timer);
    this.sockets?.close();
    this.sockets = null;
    return ++this.attempt;
  }

  private setState(state: Exclude<ConnectionState["state"], "waiting">): void {
    if (this.state.get().state !== state) this.state.set({ state, retryAt: null, error: null });
  }
}

function asError({ code, message, retry_after }: End): ChatError | null {
  return code && message ? new ChatError(code as Code, message, 0, [], retry_after) : null;
}
