/** One connection with both namespaces, from its beginning to its end. */

import { Manager, type Socket } from "socket.io-client";
import type { Endpoints } from "./endpoints.ts";
import { ChatError, type Code, unavailable } from "./errors.ts";
import type { NotificationsSent, RoomsSent, SignOutReason } from "./types.ts";

const NAMESPACES = ["/rooms", "/notifications"] as const;
const ACK_TIMEOUT = 10_000;
const CONNECT_TIMEOUT = 15_000;

export type Namespace = (typeof NAMESPACES)[number];
type Sent = { "/rooms": RoomsSent; "/notifications": NotificationsSent };
export type EventOf<N extends Namespace> = keyof Sent[N] & string;
export type PayloadOf<N extends Namespace, E extends EventOf<N>> = Sent[N][E] extends {
  payload: infer P;
}
  ? P
  : never;
export type AckOf<N extends Namespace, E extends EventOf<N>> = Sent[N][E] extends { ack: infer A }
  ? A
  : never;

interface Refusal {
  readonly code: Code;
  readonly message: string;
  readonly field?: string;
  readonly retry_after?: number;
}
type Ack = { readonly ok: true } | { readonly ok: false; readonly error: Refusal };

/** Why a connection ended, as far as the server has said so. */
export interface End {
  readonly code: string | null;
  readonly retry_after: number | null;
  readonly message: string | null;
  /** Why the session has ended. */
  readonly reason?: SignOutReason | null;
}

export interface SocketEvents {
  /** Both namespaces are connected. */
  readonly onConnect: () => void;
  readonly onEvent: (namespace: Namespace, event: string, data: unknown) => void;
  /** Called at most once, as the last event. */
  readonly onEnd: (end: End) => void;
}

export class Sockets {
  private readonly sockets = new Map<Namespace, Socket>();
  private readonly timer: ReturnType<typeof setTimeout>;
  private closing: End = { code: null, retry_after: null, message: null };
  private over = false;

  constructor(
    server: Endpoints,
    readonly token: string,
    private readonly events: SocketEvents,
  ) {
    const manager = new Manager(server.origin, {
      path: server.socketPath,
      autoConnect: false,
      reconnection: false,
      timeout: CONNECT_TIMEOUT,
      // WebSocket first saves a round trip. Polling follows where WebSockets are blocked.
      transports: ["websocket", "polling"],
      tryAllTransports: true,
    });
    for (const namespace of NAMESPACES) {
      this.sockets.set(namespace, manager.socket(namespace, { auth: { token } }));
    }
    manager.on("error", () => this.end(this.closing));
    manager.on("close", () => this.end(this.closing));
    this.timer = setTimeout(() => this.end(this.closing), CONNECT_TIMEOUT);
    for (const [namespace, socket] of this.sockets) this.listen(namespace, socket);
  }

  get connected(): boolean {
    return !this.over && [...this.sockets.values()].every((each) => each.connected);
  }

  /** Rejects with `ChatError`: the server's refusal, or `unavailable` when there is no answer. */
  async call<N extends Namespace, E extends EventOf<N>>(
    namespace: N,
    event: E,
    payload: PayloadOf<N, E>,
  ): Promise<AckOf<N, E>> {
    const socket = this.sockets.get(namespace);
    if (this.over || !socket?.connected) throw unavailable("not connected");
    const ack: Ack = await socket
      .timeout(ACK_TIMEOUT)
      .emitWithAck(event, payload)
      .catch((error) => {
        throw unavailable(`the server did not answer: ${error}`);
      });
    if (!ack.ok) throw asRefusal(ack.error);
    return ack as unknown as AckOf<N, E>;
  }

  /** Closes the connection without telling `events`. */
  close(): void {
    this.over = true;
    clearTimeout(this.timer);
    for (const socket of this.sockets.values()) socket.offAny().off().disconnect();
  }

  private listen(namespace: Namespace, socket: Socket): void {
    socket.on("connect", () => {
      if (!this.connected) return;
      clearTimeout(this.timer);
      this.events.onConnect();
    });
    socket.on("connect_error", (error) => this.end(asEnd(error)));
    socket.on("disconnect", () => this.end(this.closing));
    socket.onAny((event, data) => {
      if (event === "closing") this.closing = { message: null, ...data };
      else this.events.onEvent(namespace, event, data);
    });
    socket.connect();
  }

  private end(end: End): void {
    if (this.over) return;
    this.close();
    this.events.onEnd(end);
  }
}

function asRefusal({ code, message, field, retry_after }: Refusal): ChatError {
  const errors = field ? [{ field, message }] : [];
  return new ChatError(code, message, 0, errors, retry_after ?? null);
}

function asEnd(error: Error): End {
  const { data } = error as { data?: Partial<End> };
  const { code = null, retry_after = null } = data ?? {};
  // Without a code the message is about the transport.
  return { code, retry_after, message: code && error.message };
}
