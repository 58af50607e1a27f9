/** Finds out why a page of another origin cannot reach the server. Browsers do not say why. */

import type { Endpoints } from "./endpoints.ts";
import { ChatError } from "./errors.ts";

const PROBE_TIMEOUT = 5_000;

export class OriginCheck {
  constructor(
    private readonly server: Endpoints,
    private readonly cookie: boolean,
  ) {}

  /** Cookies go to the server's own origin, and to another one only if the application uses them. */
  get credentials(): RequestCredentials {
    return this.cookie ? "include" : "same-origin";
  }

  /** Throws `forbidden` if the browser will not keep a cookie of the server for this page. */
  checkCookie(): void {
    const page = this.foreignPage();
    if (!this.cookie || !page || isSameSite(page, new URL(this.server.origin))) return;
    throw forbidden(
      `cookie: true is for pages of the server's own site, and ${page.origin} is another site than ` +
        `${this.server.origin}: browsers keep no cookie there. Leave cookie out, or give session`,
    );
  }

  /**
   * Returns the reason if an answer could not be read because of the page's origin, else null. The
   * server allows pages of all origins to read this one refusal.
   */
  async findReason(): Promise<ChatError | null> {
    const page = this.foreignPage();
    if (!page) return null;
    const url = `${this.server.origin}${this.server.socketPath}/?EIO=4&transport=none`;
    const signal = AbortSignal.timeout(PROBE_TIMEOUT);
    const answer = await fetch(url, { credentials: "omit", signal }).catch(() => null);
    if (answer?.status === 403) return this.refused(page, "");
    return answer?.status === 400 && this.cookie ? this.refused(page, " with cookies") : null;
  }

  private refused({ origin }: URL, how: string): ChatError {
    return forbidden(
      `the server at ${this.server.origin} does not allow pages of ${origin}${how}: ` +
        `its setting CORS_ORIGINS has to name ${origin}`,
    );
  }

  /** The page, if it comes from another origin than the server. */
  private foreignPage(): URL | null {
    const page = globalThis.location && new URL(globalThis.location.href);
    return page && page.origin !== this.server.origin ? page : null;
  }
}

function forbidden(message: string): ChatError {
  return new ChatError("forbidden", message, 403);
}

/**
 * Whether browsers send the server's cookies with requests of the page, as far as the two names
 * tell. Below some domains, such as `co.uk`, anybody may have a name; browsers know these domains,
 * but scripts do not. In those cases this returns true, and the server refuses.
 */
export function isSameSite(page: URL, server: URL): boolean {
  if (page.protocol !== server.protocol) return false;
  if (page.hostname === server.hostname) return true;
  const [one, other] = [page, server].map(({ hostname }) =>
    hostname.split(".").slice(-2).join("."),
  );
  return one === other && !isAddress(page.hostname) && !isAddress(server.hostname);
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^[\d.]+$/.test(host);
}
