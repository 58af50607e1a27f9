import type { components } from "./generated/http.ts";

export type Code = components["schemas"]["Problem"]["code"];
export type FieldProblem = components["schemas"]["FieldProblem"];

/**
 * A refusal by the server. The code is `unavailable` with status 0 when the server was not reached.
 */
export class ChatError extends Error {
  override readonly name = "ChatError";

  constructor(
    readonly code: Code,
    message: string,
    readonly status = 0,
    readonly errors: readonly FieldProblem[] = [],
    /** Seconds. */
    readonly retry_after: number | null = null,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later. */
  get temporary(): boolean {
    return TEMPORARY.has(this.code);
  }
}

const TEMPORARY: ReadonlySet<string> = new Set(["rate_limited", "unavailable", "internal"]);

export function unavailable(message: string): ChatError {
  return new ChatError("unavailable", message);
}

export function asChatError(error: unknown): ChatError {
  return error instanceof ChatError ? error : unavailable(String(error));
}

/** For work whose failure is repaired elsewhere, by the next sync at the latest. */
export function ignoreFailure(work: Promise<unknown>): void {
  work.catch(() => {});
}
