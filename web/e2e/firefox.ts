/** What Playwright does in Chromium, but not in Firefox. */

/**
 * Runs in each page before its own scripts. Makes `fill` type the text, because Playwright sets the
 * field's value over WebDriver BiDi, and React takes no notice of that. Makes each page believe that
 * it has the focus, because only one window of a browser has it.
 */
export function prepareFirefox(): void {
  const insert = (text: string) => void document.execCommand("insertText", false, text);
  Object.defineProperty(window, "__pw_bidiInsertText", { get: () => insert, set: () => {} });
  Document.prototype.hasFocus = () => true;
}
