import { number, short } from "../text/format.ts";
import styles from "./badge.module.css";
import { cx } from "./cx.ts";

interface BadgeProps {
  count: number;
  /** What is counted, for screen readers: "3 unread". */
  label: string;
  /** For muted rooms: visible, but without emphasis. */
  calm?: boolean | undefined;
}

export function Badge({ count, label, calm }: BadgeProps) {
  if (!count) return null;
  return (
    <span className={cx(styles.badge, calm && styles.calm)} title={number(count)}>
      <span aria-hidden="true">{count > 999 ? short(count) : count}</span>
      <span className="quiet">{label}</span>
    </span>
  );
}
