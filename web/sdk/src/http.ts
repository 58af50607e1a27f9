/** Calls of the HTTP API below /api/v1. */

import { Addresses } from "./addresses.ts";
import { ChatError, unavailable } from "./errors.ts";
import type { OriginCheck } from "./origin-check.ts";

const TIMEOUT = 20_000;

/** The source of access tokens. */
export interface Tokens {
  /** Returns a token that is valid for a while, or null when nobody is signed in. */
  freshToken(): Promise<string | null>;
  /** Fetches a new token, because the server has called this one expired. */
  replaceToken(expired: string): Promise<void>;
}

export interface Request {
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** The call needs no token. */
  readonly open?: boolean;
  /** Milliseconds, or null for no limit, as a file of any size needs it. */
  readonly timeout?: number | null;
}

export class Http {
  readonly addresses: Addresses;

  constructor(
    readonly base: string,
    private readonly tokens: () => Tokens,
    private readonly origins: OriginCheck,
  ) {
    this.addresses = new Addresses(base);
  }

  async request<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const token = request.open ? null : await this.tokens().freshToken();
    try {
      return await this.once<T>(method, path, request, token);
    } catch (error) {
      if (!token || !(error instanceof ChatError) || error.code !== "token_expired") throw error;
      await this.tokens().replaceToken(token);
      return this.once<T>(method, path, request, await this.tokens().freshToken());
    }
  }

  url(path: string, query: Readonly<Record<string, unknown>> = {}): string {
    const given = Object.entries(query).filter(
      ([, value]) => value !== undefined && value !== null,
    );
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return `${this.base}/api/v1${path}${given.length ? `?${text}` : ""}`;
  }

  private async once<T>(
    method: string,
    path: string,
    { query, body, signal, timeout = TIMEOUT }: Request,
    token: string | null,
  ): Promise<T> {
    const headers = new Headers();
    if (token) headers.set("Authorization", `Bearer ${token}`);
    const form = body instanceof FormData;
    if (body !== undefined && !form) headers.set("Content-Type", "application/json");
    const answer = await this.fetch(this.url(path, query), {
      method,
      headers,
      body: body === undefined ? null : form ? body : JSON.stringify(body),
      credentials: this.origins.credentials,
      signal: withTimeout(signal, timeout),
    });
    if (!answer.ok) throw await readProblem(answer);
    return this.addresses.localise(await readBody(answer)) as T;
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      // Only a TypeError may mean that the browser withholds the answer. A timeout and the caller's
      // signal raise other errors.
      const reason = error instanceof TypeError ? await this.origins.findReason() : null;
      throw reason ?? unavailable(`the server did not answer: ${error}`);
    }
  }
}

function withTimeout(signal: AbortSignal | undefined, timeout: number | null): AbortSignal | null {
  const both = [signal, timeout === null ? undefined : AbortSignal.timeout(timeout)];
  const given = both.filter((each) => each !== undefined);
  return given.length > 0 ? AbortSignal.any(given) : null;
}

/** Undefined if there is no body, whatever the status: the request was accepted or done. */
async function readBody(answer: Response): Promise<unknown> {
  try {
    const body = await answer.text();
    return body === "" ? undefined : JSON.parse(body);
  } catch (error) {
    throw unavailable(`the answer was cut off: ${error}`);
  }
}

async function readProblem(answer: Response): Promise<ChatError> {
  const said = await answer.json().catch(() => null);
  return asProblem(answer.status, said, answer.headers.get("Retry-After"));
}

/** A refusal without a code comes from a proxy: the server behind it was not reached. */
export function asProblem(status: number, said: unknown, retry: string | null): ChatError {
  const { code, detail, errors } = (said ?? {}) as Partial<ChatError & { detail: string }>;
  const wait = Number.parseInt(retry ?? "", 10);
  return new ChatError(
    code ?? (status === 413 ? "payload_too_large" : "unavailable"),
    detail ?? `the answer was ${status}`,
    status,
    errors ?? [],
    Number.isNaN(wait) ? null : wait,
  );
}
