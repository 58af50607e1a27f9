import ArrowLeft from "lucide-react/icons/arrow-left";
import X from "lucide-react/icons/x";
import type { ReactNode, Ref } from "react";
import { closePanel, navigate } from "../lib/router.tsx";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import styles from "./pane.module.css";

interface PaneProps {
  title: ReactNode;
  /** Small, below the title: who is typing, or the number of members. */
  subtitle?: ReactNode | undefined;
  /** Before the title, such as an avatar. */
  start?: ReactNode | undefined;
  /** Called when the title is pressed. */
  onTitle?: (() => void) | undefined;
  /** Buttons at the end of the header. */
  actions?: ReactNode | undefined;
  /** Goes back from the room to the list. Phones need this button. */
  onBack?: (() => void) | undefined;
  ref?: Ref<HTMLDivElement> | undefined;
  children: ReactNode;
}

/** A fixed header and a scrolling body, as every pane has them. */
export function Pane({
  title,
  subtitle,
  start,
  actions,
  onBack,
  onTitle,
  ref,
  children,
}: PaneProps) {
  return (
    <section className={styles.pane}>
      <header className={styles.header}>
        {onBack && (
          <IconButton
            className={styles.back}
            label={text.act.back}
            icon={<ArrowLeft size={20} className="flip" />}
            onClick={onBack}
          />
        )}
        <div className={styles.about}>
          {start && <span className={styles.start}>{start}</span>}
          <div className={styles.titles}>
            <h1 className={styles.title}>
              {onTitle ? (
                <button type="button" className={styles.open} onClick={onTitle}>
                  {title}
                </button>
              ) : (
                title
              )}
            </h1>
            {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
          </div>
        </div>
        {actions}
      </header>
      <div ref={ref} className={styles.body}>
        {children}
      </div>
    </section>
  );
}

/** A pane in the main area. */
export function MainPane(props: Omit<PaneProps, "onBack">) {
  return <Pane {...props} onBack={() => navigate("/")} />;
}

/** A pane beside the main area, with a button that closes it. */
export function PanelPane({ actions, ...rest }: Omit<PaneProps, "onBack">) {
  const close = <IconButton label={text.act.close} icon={<X size={20} />} onClick={closePanel} />;
  return (
    <Pane
      {...rest}
      actions={
        <>
          {actions}
          {close}
        </>
      }
    />
  );
}
