import { cx } from "./cx.ts";
import styles from "./spinner.module.css";

/**
 * Shows that work is under way. With a label, it is announced to screen readers; without one,
 * something beside it must say so.
 */
export function Spinner({ label, size = "s" }: { label?: string; size?: "s" | "l" }) {
  return (
    <span role={label ? "status" : undefined} className={cx(styles.spinner, styles[size])}>
      {label && <span className="quiet">{label}</span>}
    </span>
  );
}

/** A placeholder in the size of content that is still being loaded. */
export function Skeleton({ width, height, round }: SkeletonProps) {
  return (
    <span
      aria-hidden="true"
      className={cx(styles.skeleton, round && styles.round)}
      style={{ inlineSize: width, blockSize: height }}
    />
  );
}

interface SkeletonProps {
  width: number | string;
  height: number | string;
  round?: boolean | undefined;
}
