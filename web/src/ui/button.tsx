import type { ComponentProps, ReactNode } from "react";
import styles from "./button.module.css";
import { cx } from "./cx.ts";
import { Spinner } from "./spinner.tsx";

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: "primary" | "secondary" | "quiet" | "danger" | undefined;
  /** It takes something away. The look of `quiet` and `secondary` warns of that. */
  harmful?: boolean | undefined;
  size?: "m" | "s" | undefined;
  /** Work is under way. The button keeps the focus, and ignores presses meanwhile. */
  busy?: boolean | undefined;
  icon?: ReactNode | undefined;
  wide?: boolean | undefined;
}

export function Button({
  variant = "secondary",
  size = "m",
  busy = false,
  wide = false,
  harmful = false,
  icon,
  className,
  children,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  const kind = [styles[variant], styles[size], wide && styles.wide, harmful && styles.harmful];
  const names = cx(styles.button, ...kind, className);
  return (
    <button
      {...rest}
      type={busy ? "button" : type}
      className={names}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : onClick}
    >
      {busy ? <Spinner /> : icon}
      <span className={styles.label}>{children}</span>
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** The name, for screen readers and the tooltip. */
  label: string;
  icon: ReactNode;
  size?: "m" | "s" | undefined;
  /** Where the tooltip is shown. */
  tip?: "top" | "bottom" | "start" | "end" | "none" | undefined;
}

export function IconButton({
  label,
  icon,
  size = "m",
  tip = "bottom",
  className,
  type = "button",
  ...rest
}: IconButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      data-tip={tip === "none" ? undefined : label}
      data-side={tip}
      className={cx(styles.icon, styles[size], className)}
    >
      {icon}
    </button>
  );
}
