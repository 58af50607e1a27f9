/** Everything that has an address of its own. */
export type Route =
  | { name: "home" }
  | { name: "room"; id: string; seq: number | null }
  | { name: "settings"; section: string | null }
  | { name: "invite"; code: string }
  | { name: "signIn" | "signUp" | "forgot" }
  | { name: "reset" | "verify" | "undoEmail"; token: string }
  | { name: "nowhere" };

const PATHS: readonly [RegExp, (found: string[]) => Route][] = [
  [/^\/$/, () => ({ name: "home" })],
  [/^\/rooms\/([^/]+)$/, ([id = ""]) => ({ name: "room", id, seq: null })],
  [/^\/rooms\/([^/]+)\/(\d{1,15})$/, ([id = "", seq]) => ({ name: "room", id, seq: Number(seq) })],
  [/^\/settings(?:\/([a-z-]+))?$/, ([section]) => ({ name: "settings", section: section ?? null })],
  [/^\/invites\/([^/]+)$/, ([code = ""]) => ({ name: "invite", code })],
  [/^\/sign-in$/, () => ({ name: "signIn" })],
  [/^\/sign-up$/, () => ({ name: "signUp" })],
  [/^\/forgot$/, () => ({ name: "forgot" })],
];

/**
 * The tokens of mails and invites come after "#", so that no server or proxy on the way can log
 * them.
 */
const FRAGMENTS: readonly [RegExp, (found: string) => Route][] = [
  [/^#reset=(.+)$/, (token) => ({ name: "reset", token })],
  [/^#verify=(.+)$/, (token) => ({ name: "verify", token })],
  [/^#undo-email=(.+)$/, (token) => ({ name: "undoEmail", token })],
  [/^#invite=(.+)$/, (code) => ({ name: "invite", code })],
];

export function parseRoute(path: string, fragment = ""): Route {
  for (const [pattern, route] of FRAGMENTS) {
    const found = pattern.exec(fragment)?.[1];
    if (found) return route(found);
  }
  for (const [pattern, route] of PATHS) {
    const found = pattern.exec(path);
    if (found) return route(found.slice(1));
  }
  return { name: "nowhere" };
}
