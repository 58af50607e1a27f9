import { toast } from "../lib/toasts.ts";
import { text } from "../text/index.ts";

/** How often an open page looks for a new version, in milliseconds. */
const LOOK_EVERY = 60 * 60_000;

/** Registers the service worker, except during development. */
export async function startWorker(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // The browser may allow no service worker, as in a private window. The app works without one.
  const registration = await navigator.serviceWorker.register(address()).catch(() => null);
  if (registration) watch(registration);
}

export async function tellWorker(message: object): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  registration?.active?.postMessage(message);
}

/**
 * Offers a new version once it is installed. The page keeps its own version until the user accepts.
 */
function watch(registration: ServiceWorkerRegistration): void {
  if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const next = registration.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed" && navigator.serviceWorker.controller) offer(next);
    });
  });
  setInterval(() => void registration.update().catch(() => {}), LOOK_EVERY);
}

function offer(next: ServiceWorker): void {
  const run = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    next.postMessage({ type: "take-over" });
  };
  toast(text.push.newVersion, { action: { label: text.push.reload, run }, lasting: true });
}

/**
 * The only address that becomes a script. The page's policy requires a Trusted Types policy for it.
 */
function address(): string {
  const path = "/sw.js";
  const policy = globalThis.trustedTypes?.createPolicy("service-worker", {
    createScriptURL: () => path,
  });
  return (policy?.createScriptURL(path) ?? path) as string;
}
