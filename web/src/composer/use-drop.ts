import { type RefObject, useEffect, useState } from "react";

/** Accepts files dropped on an element. Returns whether files are being dragged over it. */
export function useDrop(
  target: RefObject<HTMLElement | null>,
  onFiles: (files: readonly File[]) => unknown,
): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const place = target.current;
    if (!place) return;
    const ended = new AbortController();
    const listen = (type: string, listener: (event: DragEvent) => void) =>
      place.addEventListener(type, (event) => listener(event as DragEvent), {
        signal: ended.signal,
      });
    listen("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    });
    listen("dragleave", (event) => {
      if (!place.contains(event.relatedTarget as Node | null)) setOver(false);
    });
    listen("drop", (event) => {
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      onFiles(files);
    });
    return () => ended.abort();
  }, [target, onFiles]);
  return over;
}
