import { cx } from "./cx.ts";
import styles from "./spinner.module.css";

/** Work is under way. With a label it says so to readers; without, something beside it does. */
export function Spinner({ label, size = "s" }: { label?: string; size?: "s" | "l" }) {
  return (
    <span role={label ? "status" : undefined} className={cx(styles.spinner, styles[size])}>
      {label && <span className="quiet">{label}</span>}
    </span>
  );
}

/** The place of what is still to come, in its size. */
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
