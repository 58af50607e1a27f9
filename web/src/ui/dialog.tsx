import X from "lucide-react/icons/x";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { text } from "../text/index.ts";
import { IconButton } from "./button.tsx";
import { cx } from "./cx.ts";
import styles from "./dialog.module.css";
import { FIRST_FOCUS } from "./field.tsx";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons; the main one comes last. */
  footer?: ReactNode | undefined;
  size?: "s" | "m" | "l" | undefined;
  /** The title is only for screen readers. */
  bare?: boolean | undefined;
}

/**
 * A dialog over the page for as long as it is rendered; on phones, a sheet from below. The
 * browser's own <dialog> traps the focus, gives it back, and makes the rest inert.
 */
export function Dialog({ title, onClose, children, footer, size = "m", bare }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // React has focused it before, when the dialog was not shown yet.
    dialog?.querySelector<HTMLElement>(FIRST_FOCUS)?.focus();
    // Closed before it leaves the page, so that the focus returns to where it was.
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog closes by Escape on its own.
    <dialog
      ref={ref}
      aria-labelledby={id}
      className={cx(styles.dialog, styles[size], bare && styles.bare)}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div className={styles.sheet}>
        <header className={bare ? "quiet" : styles.header}>
          <h2 id={id}>{title}</h2>
          {!bare && (
            <IconButton
              label={text.act.close}
              icon={<X size={20} />}
              tip="none"
              onClick={onClose}
            />
          )}
        </header>
        <div className={styles.body}>{children}</div>
        {footer && <footer className={styles.footer}>{footer}</footer>}
      </div>
    </dialog>
  );
}
