/** The options with which an application makes a client. */

import type { Cache } from "./cache.ts";
import type { GiveSession } from "./elsewhere.ts";

export interface ChatOptions {
  /**
   * The server's address, with a path if a proxy serves the server below one. The default is the
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
   * Supplies the session, so that this client neither begins nor refreshes one itself. Call
   * `restore()` to start; `signIn` is not available.
   */
  readonly session?: GiveSession;
  /** The name of this device in the list of sessions. */
  readonly device?: string;
  readonly cache?: Cache;
}
