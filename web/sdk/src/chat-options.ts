/** What an application says when it makes a client. */

import type { Cache } from "./cache.ts";
import type { GiveSession } from "./elsewhere.ts";

export interface ChatOptions {
  /**
   * Where the server is, with the path below which a proxy serves it, if it does. Defaults to the
   * page's own origin.
   */
  readonly url?: string;
  /** The whole path of Socket.IO, if it is not `/socket.io` below that of `url`. */
  readonly path?: string;
  /**
   * For pages of the server's own site: the refresh token is a cookie that no script can read. If
   * their origin is another one than the server's, its setting `CORS_ORIGINS` has to name it.
   */
  readonly cookie?: boolean;
  /**
   * Gives the session, which then is neither begun nor refreshed here: there is no `signIn`, and
   * `restore()` starts.
   */
  readonly session?: GiveSession;
  /** The name of this device in the list of sessions. */
  readonly device?: string;
  readonly cache?: Cache;
}
