/** One connection with both namespaces, that comes back whenever it is lost. */

import { Manager, type Socket } from "socket.io-client";
import { asChatError, ChatError, forget, unavailable } from "./errors.ts";
import type { Tokens } from "./http.ts";
import type { ConnectionState, NotificationsSent, RoomsSent } from "./types.ts";
import { Cell } from "./value.ts";
import { onReturn } from "./visibility.ts";

const NAMESPACES = ["/rooms", "/notifications"] as const;
const ACK_TIMEOUT = 10_000;
const CONNECT_TIMEOUT = 15_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export type Namespace = (typeof NAMESPACES)[number];
type Sent = { "/rooms": RoomsSent; "/notifications": NotificationsSent };
type Ack = { ok: true } | { ok: false; error: { code: ChatError["code"]; message: string } };

export class Connection {
  readonly state = new Cell<ConnectionState>({ state: "signed_out", retryAt: null });
  onEvent: (namespace: Namespace, event: string, data: unknown) => void = () => {};
  /** Connected: brings everything up to date. What it throws ends the connection. */
  onConnect: () => Promise<void> = async () => {};
  onLost: () => void = () => {};
  /** The server has said that the session is over. */
  onUnauthenticated: () => void = () => {};
  private manager: Manager | null = null;
  private sockets = new Map<Namespace, Socket>();
  private attempt = 0;
  private failures = 0;
  private closing: { code: string; retry_after: number | null } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopListening: (() => void) | null = null;

  constructor(
    private readonly url: string,
    private readonly tokens: Tokens,
  ) {}

  start(): void {
    if (this.stopListening) return;
    this.stopListening = onReturn(() => this.retryNow());
    this.failures = 0;
    forget(this.open());
  }

  stop(): void {
    this.stopListening?.();
    this.stopListening = null;
    this.drop();
    this.enter("signed_out");
  }

  /** Both namespaces are connected; what was missed may not be here yet. */
  get connected(): boolean {
    return this.sockets.size > 0 && [...this.sockets.values()].every((each) => each.connected);
  }

  /** Rejects with `ChatError`: the server's refusal, or `unavailable` when there is no answer. */
  async call<N extends Namespace, E extends keyof Sent[N] & string>(
    namespace: N,
    event: E,
    payload: Sent[N][E] extends { payload: infer P } ? P : never,
  ): Promise<Sent[N][E] extends { ack: infer A } ? A : never> {
    const socket = this.sockets.get(namespace);
    if (!socket?.connected) throw unavailable("not connected");
    const ack: Ack = await socket
      .timeout(ACK_TIMEOUT)
      .emitWithAck(event, payload)
      .catch((error) => {
        throw unavailable(`no answer: ${error}`);
      });
    if (ack.ok) return ack as never;
    throw refusal(ack.error);
  }

  /** The sockets live as long as the newest token. */
  renew(token: string): void {
    if (!this.connected) return;
    for (const socket of this.sockets.values()) socket.auth = { token };
    forget(this.call("/rooms", "refresh_auth", { token }));
  }

  /** Everything that was known to be true of the connection is in doubt: begins again. */
  reconnect(): void {
    if (!this.stopListening) return;
    this.drop();
    this.wait(null);
  }

  private async open(): Promise<void> {
    this.drop();
    const attempt = ++this.attempt;
    this.enter("connecting");
    try {
      const token = await this.tokens.fresh();
      if (attempt !== this.attempt) return;
      if (token) this.connect(attempt, token);
    } catch {
      if (attempt === this.attempt && this.stopListening) this.wait(null);
    }
  }

  private connect(attempt: number, token: string): void {
    const manager = new Manager(this.url, {
      autoConnect: false,
      reconnection: false,
      timeout: CONNECT_TIMEOUT,
      // One round trip less than with polling first, which is there where WebSockets are not.
      transports: ["websocket", "polling"],
      tryAllTransports: true,
    });
    this.manager = manager;
    for (const namespace of NAMESPACES) {
      const socket = manager.socket(namespace, { auth: { token } });
      this.sockets.set(namespace, socket);
      this.listen(attempt, namespace, socket, token);
      socket.connect();
    }
    manager.on("error", () => this.lost(attempt, null));
    manager.on("close", () => this.lost(attempt, null));
    this.timer = setTimeout(() => this.lost(attempt, null), CONNECT_TIMEOUT);
  }

  private listen(attempt: number, namespace: Namespace, socket: Socket, token: string): void {
    const current = () => attempt === this.attempt;
    socket.on("connect", () => {
      if (current() && this.connected) forget(this.connectedNow(attempt, token));
    });
    socket.on("connect_error", (error) => {
      this.lost(attempt, codeOf(error), token);
    });
    socket.on("disconnect", () => this.lost(attempt, this.closing?.code ?? null, token));
    socket.onAny((event, data) => {
      if (!current()) return;
      if (event === "closing") this.closing = data;
      else if (event === "auth_expiring") forget(this.tokens.fresh());
      else this.onEvent(namespace, event, data);
    });
  }

  private async connectedNow(attempt: number, token: string): Promise<void> {
    clearTimeout(this.timer);
    this.enter("syncing");
    try {
      const newer = await this.tokens.fresh();
      if (newer && newer !== token) this.renew(newer);
      await this.onConnect();
    } catch {
      return this.lost(attempt, null);
    }
    if (attempt !== this.attempt) return;
    this.failures = 0;
    this.enter("online");
  }

  /** Once for each attempt, whoever notices first. */
  private lost(attempt: number, code: string | null, token?: string): void {
    if (attempt !== this.attempt) return;
    const wait = this.closing?.retry_after ?? null;
    this.drop();
    this.onLost();
    if (code === "unauthenticated") this.onUnauthenticated();
    else if (code === "token_expired" && token) forget(this.refreshed(token));
    else this.wait(wait);
  }

  private async refreshed(expired: string): Promise<void> {
    const attempt = this.attempt;
    this.enter("connecting");
    try {
      await this.tokens.renew(expired);
    } catch (error) {
      if (asChatError(error).status === 401) return;
    }
    if (attempt !== this.attempt || !this.stopListening) return;
    // A server that refuses a token which it has just given is not asked without a pause.
    if (this.failures++ > 0) this.wait(null);
    else await this.open();
  }

  /** Longer each time, and not all clients at once. */
  private wait(atLeast: number | null): void {
    const longest = Math.min(FIRST_WAIT * 2 ** this.failures++, LONGEST_WAIT);
    const wait = (atLeast ?? 0) * 1000 + longest * (0.5 + Math.random() / 2);
    this.state.set({ state: "waiting", retryAt: Date.now() + wait });
    this.timer = setTimeout(() => forget(this.open()), wait);
  }

  /** For the impatient: the network is back, or somebody looks. */
  retryNow(): void {
    if (this.state.get().state === "waiting") forget(this.open());
  }

  private drop(): void {
    this.attempt++;
    clearTimeout(this.timer);
    this.closing = null;
    const { manager, sockets } = this;
    this.manager = null;
    this.sockets = new Map();
    for (const socket of sockets.values()) socket.offAny().off().disconnect();
    manager?.off();
    manager?.engine?.close();
  }

  private enter(state: Exclude<ConnectionState["state"], "waiting">): void {
    if (this.state.get().state !== state) this.state.set({ state, retryAt: null });
  }
}

function refusal(error: {
  code: ChatError["code"];
  message: string;
  field?: string;
  retry_after?: number;
}): ChatError {
  const { code, message, field, retry_after } = error;
  const errors = field ? [{ field, message }] : [];
  return new ChatError(code, message, 0, errors, retry_after ?? null);
}

function codeOf(error: unknown): string | null {
  return (error as { data?: { code?: string } }).data?.code ?? null;
}
