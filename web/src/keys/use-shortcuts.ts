import { useEffect } from "react";
import { chat } from "../chat.ts";
import {
  closePanel,
  leaveSettings,
  navigate,
  openPanel,
  panel,
  paths,
  route,
} from "../lib/router.tsx";
import { cell } from "../lib/value.ts";
import { neighbouringRoom } from "./neighbouring-room.ts";

const FIELDS = "input, textarea, select";
/** The id of the field that finds chats, people, groups and messages. */
export const FINDER_ID = "finder";
/** Whether the list of all shortcuts is shown. */
export const shortcutsShown = cell(false);

/**
 * Shortcuts that work wherever the focus is. The focused element comes first, and can prevent them.
 */
export function useShortcuts(openId: string | null): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target, key } = event;
      const inside = (what: string) => target instanceof Element && target.closest(what) !== null;
      if (event.defaultPrevented || event.isComposing || inside("dialog, [popover]")) return;
      if (key === "?" && !inside(FIELDS)) shortcutsShown.set(true);
      else if (!pressed(event, openId)) return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [openId]);
}

/** Returns whether the key was a shortcut. */
function pressed(event: KeyboardEvent, openId: string | null): boolean {
  const { key, altKey, shiftKey, ctrlKey, metaKey } = event;
  const letter = (ctrlKey || metaKey) && !altKey && key.toLowerCase();
  if (letter === "k" && !shiftKey) focusFinder();
  else if (letter === "f" && shiftKey) openPanel("search");
  else if (key === "Escape" && !holdsWords(event.target)) stepOut();
  else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) {
    const to = neighbouringRoom(chat.rooms.get(), openId, key === "ArrowUp" ? -1 : 1, shiftKey);
    if (to) navigate(paths.room(to.id));
  } else return false;
  return true;
}

const inSettings = () => route.get().name === "settings";

/** Closes the panel, or else leaves the settings. */
function stepOut(): void {
  if (inSettings() && panel.get() === null) leaveSettings();
  else closePanel();
}

/** Escape clears a field first. In the settings it must not lose a text that is being written. */
function holdsWords(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return inSettings() && target.value !== "";
  return target instanceof HTMLInputElement && target.type !== "checkbox" && target.value !== "";
}

function focusFinder(): void {
  const field = () => document.getElementById(FINDER_ID);
  // Focused at once if possible, because the next key may arrive before the next task.
  if (field()?.checkVisibility()) field()?.focus();
  else {
    // Phones show the list on a page of its own.
    navigate("/");
    setTimeout(() => field()?.focus());
  }
}
