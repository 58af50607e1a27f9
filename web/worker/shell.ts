/** The files of the app, cached for one build. */

/** Written by the build: a name for all the files together, and their paths. */
declare const SHELL: { readonly name: string; readonly paths: readonly string[] };

const CACHE = `shell-${SHELL.name}`;
const START_PAGE = "/";
/** Paths for which the server does not return the page. */
const OTHERS = /^\/(api|media|avatars|socket\.io|healthz|readyz|metrics)(\/|$)/;
/** Milliseconds after which the network counts as unreachable. */
const NETWORK_TIMEOUT = 4_000;

export async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE);
  const requests = [START_PAGE, ...SHELL.paths].map(
    (path) => new Request(path, { cache: "no-cache" }),
  );
  await cache.addAll(requests);
}

export async function forgetOld(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** A file of the app. Its name contains a hash, so the cached copy is always the right one. */
export function fromShell(path: string): Promise<Response | undefined> | null {
  return SHELL.paths.includes(path) ? keptFile(path) : null;
}

/** The page as the server has it now, or else the cached copy. */
export function page(request: Request, path: string): Promise<Response | undefined> | null {
  return OTHERS.test(path) ? null : newest(request);
}

async function newest(request: Request): Promise<Response | undefined> {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(NETWORK_TIMEOUT) });
    return answer.status < 500 ? answer : ((await keptFile(START_PAGE)) ?? answer);
  } catch {
    return keptFile(START_PAGE);
  }
}

async function keptFile(path: string): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(path);
}
