import { navigate } from "../lib/router.tsx";

/**
 * Goes to where a clicked notification leads. It must listen from the start: messages of the
 * service worker are queued only until the document is parsed.
 */
export function followNotifications(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data.type === "open") navigate(data.path);
  });
}
