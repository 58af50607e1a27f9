import { navigate } from "../lib/router.tsx";

/** Goes where a clicked notification leads. Listens from the start: what the service worker tells
 * while the page loads waits until the document is parsed, and no longer. */
export function followNotifications(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data.type === "open") navigate(data.path);
  });
}
