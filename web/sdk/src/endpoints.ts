/** Where a server is, from the address that an application gives. */

export interface Endpoints {
  /** The beginning of every URL of the HTTP API, without a slash at the end. */
  readonly base: string;
  readonly origin: string;
  /** The path of Socket.IO on that origin. */
  readonly socketPath: string;
}

/**
 * `url` may have a path, where a proxy serves the server below one; the default is the page's own
 * origin. `path` is for proxies that serve Socket.IO elsewhere, and is the whole path, as in
 * `socket.io-client`. Throws `TypeError` if the address is none.
 */
export function endpointsOf(url: string | undefined, path: string | undefined): Endpoints {
  const page = globalThis.location?.href;
  // A module may be loaded where there is neither a page nor a server, as in a test.
  if (url === undefined && page === undefined) return { base: "", origin: "", socketPath: "" };
  const { origin, protocol, pathname } = asUrl(url ?? new URL(page ?? "").origin, page);
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`url must begin with http:// or https://, not ${protocol}`);
  const below = pathname.replace(/\/+$/, "");
  const socketPath = `/${(path ?? `${below}/socket.io`).replace(/^\/+|\/+$/g, "")}`;
  return { base: origin + below, origin, socketPath };
}

function asUrl(url: string, page: string | undefined): URL {
  try {
    return new URL(url, page);
  } catch {
    throw new TypeError(`url must be an address such as https://chat.example.com, not "${url}"`);
  }
}
