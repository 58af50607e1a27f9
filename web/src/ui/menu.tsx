import Check from "lucide-react/icons/check";
import { createContext, type KeyboardEvent, type ReactNode, use, useRef } from "react";
import { cx } from "./cx.ts";
import type { Align, Anchor, Side } from "./place.ts";
import styles from "./popover.module.css";
import { Float, Hung } from "./popover.tsx";

const Close = createContext<() => void>(() => undefined);

interface MenuAtProps {
  anchor: Anchor;
  onClose: () => void;
  label: string;
  side?: Side | undefined;
  align?: Align | undefined;
  children: ReactNode;
}

/**
 * A menu that is open for as long as it is rendered, such as one for a right click. Arrows, Home,
 * End and first letters move in it.
 */
export function MenuAt({ children, onClose, ...rest }: MenuAtProps) {
  const typed = useRef({ letters: "", at: 0 });
  function move(event: KeyboardEvent<HTMLDivElement>) {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role^=menuitem]")];
    const live = items.filter((item) => !item.matches(":disabled"));
    const next = nextItem(event, live, typed.current);
    if (event.key === "Tab") onClose();
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
  return (
    <Float {...rest} role="menu" className={styles.menu} onClose={onClose} onKeyDown={move}>
      <Close value={onClose}>{children}</Close>
    </Float>
  );
}

interface MenuProps extends Omit<MenuAtProps, "anchor" | "onClose"> {
  trigger: Parameters<typeof Hung>[0]["trigger"];
}

/** A button with a menu. */
export function Menu({ trigger, ...rest }: MenuProps) {
  return (
    <Hung trigger={trigger} kind="menu">
      {(anchor, close) => <MenuAt {...rest} anchor={anchor} onClose={close} />}
    </Hung>
  );
}

interface MenuItemProps {
  icon?: ReactNode | undefined;
  onSelect: () => void;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  /** For one of several choices: whether it is the current one. */
  checked?: boolean | undefined;
  children: ReactNode;
}

export function MenuItem({ icon, onSelect, danger, disabled, checked, children }: MenuItemProps) {
  const close = use(Close);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: with "checked" it is a menuitemradio.
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={checked}
      disabled={disabled}
      tabIndex={-1}
      className={cx(styles.item, danger && styles.danger)}
      onClick={() => {
        close();
        onSelect();
      }}
    >
      {icon}
      <span className={styles.label}>{children}</span>
      {checked && <Check size={16} aria-hidden="true" />}
    </button>
  );
}

export function MenuLine() {
  return <hr className={styles.line} />;
}

interface Typed {
  letters: string;
  at: number;
}

function nextItem(event: KeyboardEvent, items: readonly HTMLElement[], typed: Typed) {
  const now = items.indexOf(document.activeElement as HTMLElement);
  if (event.key === "ArrowDown") return items[(now + 1) % items.length];
  if (event.key === "ArrowUp") return items[(now <= 0 ? items.length : now) - 1];
  if (event.key === "Home") return items[0];
  if (event.key === "End") return items[items.length - 1];
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === " " && !typed.letters) return undefined;
  typed.letters = (event.timeStamp - typed.at < 700 ? typed.letters : "") + event.key.toLowerCase();
  typed.at = event.timeStamp;
  return items.find((item) => item.textContent?.trim().toLowerCase().startsWith(typed.letters));
}
