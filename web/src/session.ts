import { chat } from "./chat.ts";
import { farewell, setFarewell } from "./farewell.ts";
import { navigate, route } from "./lib/router.tsx";
import { cell } from "./lib/value.ts";

/**
 * Whether somebody is signed in. `starting`: the server is being asked about an earlier session.
 * `unreachable`: it does not answer, and there is no cached data to show meanwhile.
 */
export type SessionState = "starting" | "in" | "out" | "unreachable";

/** Remembers that this browser was signed in, because scripts cannot see the cookie. */
const HINT = "signed-in";
const WANTED = "wanted";
/** Milliseconds to wait, so that the rooms and the open room are loaded first. */
const LOAD_LATER = 1_000;

export const sessionState = cell<SessionState>(localStorage.getItem(HINT) ? "starting" : "out");

/** The user has signed out, so the next one should not come to where this one was. */
let leftForGood = false;

chat.account.subscribe(() => {
  if (chat.account.get()) enter();
  else leave();
});

chat.on("signed_out", (end) => {
  if (end.reason === "replaced") return;
  setFarewell(end.reason === "asked" ? null : end);
  leftForGood = !end.kept;
});

/** Continues the session of this browser, if there is one. */
export async function restoreSession(): Promise<void> {
  if (sessionState.get() === "out") return;
  sessionState.set("starting");
  try {
    if (await chat.restore()) enter();
    else leave();
  } catch {
    sessionState.set("unreachable");
  }
}

/** Remembers the current address for after the sign-in. */
export function askToSignIn(): void {
  if (route.get().name === "signIn") return;
  if (leftForGood) sessionStorage.removeItem(WANTED);
  else rememberAddress();
  leftForGood = false;
  navigate("/sign-in", { replace: true });
}

/** Opens the form, and afterwards the current address again. */
export function comeBackAfter(form: "/sign-in" | "/sign-up"): void {
  rememberAddress();
  navigate(form);
}

function rememberAddress(): void {
  sessionStorage.setItem(WANTED, location.pathname + location.search + location.hash);
}

/** The address that a signed-out user wanted to open. */
export const wantedPath = (): string | null => sessionStorage.getItem(WANTED);

/** Opens the address that was wanted before the sign-in. */
export function continueAfterSignIn(): void {
  const path = wantedPath() ?? "/";
  sessionStorage.removeItem(WANTED);
  navigate(path, { replace: true });
}

function enter(): void {
  localStorage.setItem(HINT, "1");
  const last = farewell.get();
  if (last && last.userId !== chat.account.get()?.id) sessionStorage.removeItem(WANTED);
  setFarewell(null);
  if (sessionState.get() === "in") return;
  sessionState.set("in");
  setTimeout(loadPush, LOAD_LATER);
}

function loadPush(): void {
  void import("./push/index.ts").then(({ startPush: start }) => start()).catch(() => {});
}

function leave(): void {
  localStorage.removeItem(HINT);
  // The app's icon may still have the number of the last session, which pushes have set.
  void navigator.clearAppBadge?.().catch(() => {});
  sessionState.set("out");
}
