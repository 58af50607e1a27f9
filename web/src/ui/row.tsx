import type { ReactNode } from "react";
import { Link } from "../lib/router.tsx";
import { cx } from "./cx.ts";
import styles from "./row.module.css";

interface RowProps {
  /** Before the text, such as an avatar. */
  start?: ReactNode;
  title: ReactNode;
  /** Beside the title, such as a time. */
  aside?: ReactNode;
  subtitle?: ReactNode;
  /** Beside the subtitle, such as a badge. */
  mark?: ReactNode;
  /** After everything else, and not part of the link, such as a button or a menu. */
  end?: ReactNode;
  href?: string | undefined;
  onClick?: (() => void) | undefined;
  /** It is open beside the list. */
  current?: boolean | undefined;
  /** For lists in which arrows move: whether the Tab key leads to this row. */
  reachable?: boolean | undefined;
  /** For lists in which rows are picked: whether this one is. */
  picked?: boolean | undefined;
  /** Enter in the field above the list chooses it. */
  next?: boolean | undefined;
  className?: string | undefined;
}

/** A row of a list: two lines, as a link or a button if it leads somewhere. */
export function Row({ href, onClick, current, reachable = true, picked, ...rest }: RowProps) {
  const { next, end, className, ...words } = rest;
  const inner = <RowWords {...words} />;
  return (
    <div className={cx(styles.row, current && styles.current, next && styles.next, className)}>
      {href !== undefined ? (
        <Link
          href={href}
          data-row
          onClick={onClick}
          tabIndex={reachable ? undefined : -1}
          aria-current={current ? "page" : undefined}
          className={styles.main}
        >
          {inner}
        </Link>
      ) : onClick ? (
        <button
          type="button"
          data-row
          aria-pressed={picked}
          onClick={onClick}
          className={styles.main}
        >
          {inner}
        </button>
      ) : (
        <div className={styles.main}>{inner}</div>
      )}
      {end && <div className={styles.end}>{end}</div>}
    </div>
  );
}

type RowWords = Pick<RowProps, "start" | "title" | "aside" | "subtitle" | "mark">;

function RowWords({ start, title, aside, subtitle, mark }: RowWords) {
  return (
    <>
      {start}
      <span className={styles.lines}>
        <span className={styles.line}>
          <span className={styles.title}>{title}</span>
          {aside && <span className={styles.aside}>{aside}</span>}
        </span>
        {(subtitle || mark) && (
          <span className={styles.line}>
            <span className={styles.subtitle}>{subtitle}</span>
            {mark}
          </span>
        )}
      </span>
    </>
  );
}
