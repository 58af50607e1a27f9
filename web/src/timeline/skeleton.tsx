import { text } from "../text/index.ts";
import { Skeleton, Spinner } from "../ui/spinner.tsx";
import styles from "./timeline.module.css";

const WIDTHS = [220, 300, 160, 260, 190, 320];

/** Shown while the first messages are being loaded. */
export function TimelineSkeleton() {
  return (
    <div role="status" aria-label={text.room.loading} className={styles.skeleton}>
      {WIDTHS.map((width) => (
        <Skeleton key={width} width={width} height={40} />
      ))}
    </div>
  );
}

/** Shown above the messages while others are being loaded. It takes no place, so nothing moves. */
export function LoadingMark() {
  return (
    <div className={styles.mark}>
      <Spinner label={text.room.loading} />
    </div>
  );
}
