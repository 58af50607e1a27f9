import { type RefObject, useEffect } from "react";

/** What takes letters itself, or lies over the room. */
const TAKEN = "input, textarea, select, dialog, [popover]";

/** Who begins to type or pastes where nothing takes it, writes in the field. */
export function useTypingAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target, defaultPrevented } = event;
      if (defaultPrevented || !(target instanceof Element) || target.closest(TAKEN)) return;
      // The key is then heard by what has focus now.
      if (writes(event)) field.current?.focus();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [field]);
}

/** Space scrolls, and presses buttons. */
function writes({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return key.toLowerCase() === "v";
  return key.length === 1 && key !== " " && key !== "?" && !altKey;
}
