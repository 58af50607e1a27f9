import type { ReactNode } from "react";
import styles from "./empty.module.css";

interface EmptyStateProps {
  icon?: ReactNode | undefined;
  title: ReactNode;
  /** Of the heading: 1 where nothing else is the heading of the screen. */
  level?: 1 | 2 | undefined;
  children?: ReactNode | undefined;
  action?: ReactNode | undefined;
}

/** Says that there is nothing here, why, and what can be done. */
export function EmptyState({ icon, title, level = 2, children, action }: EmptyStateProps) {
  const Heading = `h${level}` as const;
  return (
    <div className={styles.empty}>
      {icon && (
        <span aria-hidden="true" className={styles.icon}>
          {icon}
        </span>
      )}
      <Heading className={styles.title}>{title}</Heading>
      {children && <p className={styles.words}>{children}</p>}
      {action}
    </div>
  );
}
