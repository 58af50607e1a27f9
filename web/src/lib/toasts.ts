import { cell } from "./value.ts";

export interface Toast {
  id: number;
  message: string;
  kind: "plain" | "danger";
  action?: { label: string; run: () => void } | undefined;
  /** It stays until the user acts on it or closes it. */
  lasting?: boolean;
}

const LIFE = 6_000;

/** What there is to say, the newest last. Only that one is shown. */
export const toasts = cell<readonly Toast[]>([]);
let last = 0;

/**
 * Shows a message for six seconds, in place of the one before. Use `kind: "danger"` for failures.
 * Lasting ones come back afterwards.
 */
export function toast(message: string, extra: Partial<Omit<Toast, "id" | "message">> = {}): void {
  last += 1;
  const made: Toast = { kind: "plain", ...extra, id: last, message };
  toasts.set([...toasts.get().filter(({ lasting }) => lasting), made]);
  if (!made.lasting) setTimeout(dropToast, LIFE, made.id);
}

export function dropToast(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}
