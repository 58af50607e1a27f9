/** When a user returns to a page, or the network returns to a machine. */

/**
 * Calls `back` when the page is shown again or the network returns. Returns a function that stops
 * it. Does nothing outside of browsers.
 */
export function onPageReturn(back: () => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis;
  if (!document) return () => {};
  const shown = () => {
    if (document.visibilityState === "visible") back();
  };
  document.addEventListener("visibilitychange", shown);
  addEventListener("online", back);
  addEventListener("pageshow", back);
  return () => {
    document.removeEventListener("visibilitychange", shown);
    removeEventListener("online", back);
    removeEventListener("pageshow", back);
  };
}

/**
 * Calls `gone` when the browser reports that there is no network. Sockets would notice much later.
 */
export function onOffline(gone: () => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis;
  if (!document) return () => {};
  addEventListener("offline", gone);
  return () => removeEventListener("offline", gone);
}

/** Calls `away` when the page is hidden or left, and may never come back. */
export function onPageLeave(away: () => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis;
  if (!document) return () => {};
  const hidden = () => {
    if (document.visibilityState === "hidden") away();
  };
  document.addEventListener("visibilitychange", hidden);
  addEventListener("pagehide", away);
  return () => {
    document.removeEventListener("visibilitychange", hidden);
    removeEventListener("pagehide", away);
  };
}
