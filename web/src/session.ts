import { chat } from "./chat.ts";
import { navigate, route } from "./lib/router.tsx";
import { cell } from "./lib/value.ts";

/**
 * Whether somebody is signed in: `starting` while the server is asked about a session of before;
 * `unreachable` when it does not answer, and nothing is kept to show meanwhile.
 */
export type SessionState = "starting" | "in" | "out" | "unreachable";

/** That this browser was signed in: the cookie itself cannot be seen. */
const HINT = "signed-in";
const WANTED = "wanted";
/** Milliseconds for what is waited for: the rooms, and the one that is open. */
const LATER = 1_000;

export const sessionState = cell<SessionState>(localStorage.getItem(HINT) ? "starting" : "out");

chat.account.subscribe(() => {
  if (chat.account.get()) enter();
  else leave();
});

/** Goes on where this browser was signed in before. */
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

/** Keeps where one wanted to go for after signing in. */
export function askToSignIn(): void {
  if (route.get().name === "signIn") return;
  sessionStorage.setItem(WANTED, location.pathname + location.search + location.hash);
  navigate("/sign-in", { replace: true });
}

/** Somebody wants to go somewhere that is for members only. */
export const wantedPath = (): string | null => sessionStorage.getItem(WANTED);

/** After signing in: where one wanted to go. */
export function continueAfterSignIn(): void {
  const path = wantedPath() ?? "/";
  sessionStorage.removeItem(WANTED);
  navigate(path, { replace: true });
}

function enter(): void {
  localStorage.setItem(HINT, "1");
  if (sessionState.get() === "in") return;
  sessionState.set("in");
  setTimeout(loadPush, LATER);
}

function loadPush(): void {
  void import("./push/index.ts").then(({ startPush: start }) => start()).catch(() => {});
}

function leave(): void {
  localStorage.removeItem(HINT);
  sessionState.set("out");
}
