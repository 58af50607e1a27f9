import { type RefObject, useEffect } from "react";

/** Elements that take letters themselves or lie over the room. */
const TAKEN = "input, textarea, select, dialog, [popover]";

/** Moves the focus to the field when the user types or pastes and nothing else takes the key. */
export function useTypingAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target, defaultPrevented } = event;
      if (defaultPrevented || !(target instanceof Element) || target.closest(TAKEN)) return;
      // The field that has the focus now receives the key.
      if (writes(event)) field.current?.focus();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [field]);
}

/** Space is left out because it scrolls and presses buttons. */
function writes({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return key.toLowerCase() === "v";
  return key.length === 1 && key !== " " && key !== "?" && !altKey;
}
