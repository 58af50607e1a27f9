import type { ReactNode } from "react";
import { text } from "../text/index.ts";
import styles from "./account.module.css";
import { Logo } from "./logo.tsx";

interface FrameProps {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
  /** Below the card: a link to another screen. */
  after?: ReactNode;
}

/** The frame of all screens before the chat. */
export function Frame({ title, lead, children, after }: FrameProps) {
  return (
    <main className={styles.screen}>
      <title>{`${title} · ${text.app.name}`}</title>
      <div className={styles.column}>
        <Logo size={48} />
        <h1 className={styles.title}>{title}</h1>
        {lead && <p className={styles.lead}>{lead}</p>}
        {children}
        {after && <p className={styles.after}>{after}</p>}
      </div>
    </main>
  );
}
