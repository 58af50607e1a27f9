import X from "lucide-react/icons/x";
import { cell, useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "./button.tsx";
import { cx } from "./cx.ts";
import styles from "./toast.module.css";

interface Toast {
  id: number;
  message: string;
  kind: "plain" | "danger";
  action?: { label: string; run: () => void } | undefined;
  /** Until somebody answers or closes it. */
  lasting?: boolean;
}

const LIFE = 6_000;
const MOST = 3;
const toasts = cell<readonly Toast[]>([]);
let last = 0;

/** Tells of something that happened; for what failed, `kind: "danger"`. Gone after six seconds. */
export function toast(message: string, extra: Partial<Omit<Toast, "id" | "message">> = {}): void {
  last += 1;
  const made: Toast = { kind: "plain", ...extra, id: last, message };
  toasts.set([...toasts.get().slice(1 - MOST), made]);
  if (!made.lasting) setTimeout(drop, LIFE, made.id);
}

function drop(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

/** Where toasts appear, and are read aloud. Once on the page, from the start: a live region has to
 * be there before it says something. */
export function Toasts() {
  const shown = useValue(toasts);
  return (
    <div role="status" className={styles.toasts}>
      {shown.map((one) => (
        <div key={one.id} className={cx(styles.toast, styles[one.kind])}>
          <span className={styles.message}>{one.message}</span>
          {one.action && (
            <Button
              variant="quiet"
              size="s"
              onClick={() => {
                drop(one.id);
                one.action?.run();
              }}
            >
              {one.action.label}
            </Button>
          )}
          <IconButton
            label={text.act.close}
            icon={<X size={16} />}
            size="s"
            tip="none"
            onClick={() => drop(one.id)}
          />
        </div>
      ))}
    </div>
  );
}
