import { text } from "../text/index.ts";
import { Skeleton } from "../ui/spinner.tsx";
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
