/** Sessions that an application gets elsewhere, such as from the server that it belongs to. */

import { ChatError, unavailable } from "./errors.ts";
import type { Session } from "./types.ts";

/** A refresh token in it is ignored: whoever gives the session refreshes it. */
export type GivenSession = Omit<Session, "refresh_token"> & Partial<Session>;

/**
 * Called by `restore()`, and whenever a newer access token is needed. Resolves to null when nobody
 * is signed in any more. A rejection counts as temporary, unless it is a `ChatError` with the
 * status 401.
 */
export type GiveSession = () => Promise<GivenSession | null>;

export async function askElsewhere(give: GiveSession): Promise<GivenSession> {
  const session = await give().catch((error: unknown) => {
    throw error instanceof ChatError ? error : unavailable(`no session was given: ${error}`);
  });
  if (!session) throw new ChatError("unauthenticated", "nobody is signed in", 401);
  const { access_token, expires_in, user } = session;
  if (typeof access_token !== "string" || typeof expires_in !== "number" || !user?.id)
    throw new TypeError("session must resolve to {user, access_token, expires_in} or null");
  return session;
}
