/** The id of the field in which messages are written. */
export const COMPOSER_ID = "composer";

/** On phones, the focus would open the keyboard over what was just opened. */
const onPhone = matchMedia("(pointer: coarse)");

/**
 * Moves the focus to the open room's field. A dialog that has opened the room first has to close,
 * and gives the focus back to where it was.
 */
export function focusComposer(): void {
  if (onPhone.matches) return;
  const focus = () => document.getElementById(COMPOSER_ID)?.focus();
  setTimeout(() => {
    const dialog = document.querySelector("dialog[open]");
    if (dialog) dialog.addEventListener("close", focus, { once: true });
    else focus();
  });
}
