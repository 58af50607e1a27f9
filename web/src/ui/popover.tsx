import {
  cloneElement,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { cx } from "./cx.ts";
import { FIRST_FOCUS } from "./field.tsx";
import { type Align, type Anchor, place, type Side } from "./place.ts";
import styles from "./popover.module.css";

interface FloatProps {
  anchor: Anchor;
  /** Called on Escape, a press outside, or when the focus moves on. */
  onClose: () => void;
  label: string;
  role?: "dialog" | "menu" | undefined;
  side?: Side | undefined;
  align?: Align | undefined;
  className?: string | undefined;
  onKeyDown?: ((event: KeyboardEvent<HTMLDivElement>) => void) | undefined;
  children: ReactNode;
}

/**
 * A panel over the page, at its anchor, for as long as it is rendered. The browser's own popover
 * puts it on top, closes it and gives the focus back. An element inside gets the focus if it has
 * `autoFocus`.
 */
export function Float({
  anchor,
  onClose,
  label,
  role = "dialog",
  side = "bottom",
  align = "start",
  className,
  onKeyDown,
  children,
}: FloatProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState(() => !(anchor instanceof Element) && anchor.held?.() === true);
  useReleased(held, setHeld);
  useLayoutEffect(() => {
    const panel = ref.current;
    if (!panel) return;
    const before = document.activeElement;
    panel.showPopover();
    if (!panel.contains(document.activeElement)) {
      (panel.querySelector<HTMLElement>(FIRST_FOCUS) ?? panel).focus();
    }
    const put = () => place(panel, anchor, side, align);
    put();
    const sized = new ResizeObserver(put);
    sized.observe(panel);
    addEventListener("resize", put);
    visualViewport?.addEventListener("resize", put);
    return () => {
      sized.disconnect();
      removeEventListener("resize", put);
      visualViewport?.removeEventListener("resize", put);
      const inside = panel.contains(document.activeElement);
      panel.hidePopover();
      if (inside && before instanceof HTMLElement) before.focus();
    };
  }, [anchor, side, align]);
  // A popover that changes its kind is hidden by the browser. Shown again at once, it tells nobody.
  useLayoutEffect(() => {
    const panel = ref.current;
    if (!panel || held || panel.matches(":popover-open")) return;
    panel.showPopover();
    if (!panel.contains(document.activeElement)) panel.focus();
  }, [held]);
  return (
    // biome-ignore-start lint/a11y: the role is a dialog's or a menu's.
    <div
      ref={ref}
      popover={held ? "manual" : "auto"}
      role={role}
      aria-label={label}
      tabIndex={-1}
      className={cx(styles.float, className)}
      // The event comes late: by then the popover may be shown again.
      onToggle={({ currentTarget }) => currentTarget.matches(":popover-open") || onClose()}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>
    // biome-ignore-end lint/a11y: the exception ends here.
  );
}

/** Milliseconds in which a browser tells all that a lifted finger means: a release, a click. */
const RELEASE_TIME = 100;

/**
 * Waits until the finger that has opened the popover is lifted. An automatic popover would take that
 * as a press outside of it, and close.
 */
function useReleased(held: boolean, setHeld: (held: boolean) => void): void {
  useLayoutEffect(() => {
    if (!held) return;
    const ended = new AbortController();
    const release = () => setTimeout(setHeld, RELEASE_TIME, false);
    for (const type of ["pointerup", "pointercancel"]) {
      addEventListener(type, release, { once: true, signal: ended.signal });
    }
    return () => ended.abort();
  }, [held, setHeld]);
}

type Trigger = ReactElement<{
  onClick?: (() => void) | undefined;
  onPointerDown?: (() => void) | undefined;
  "aria-haspopup"?: "dialog" | "menu" | undefined;
  "aria-expanded"?: boolean | undefined;
  ref?: React.Ref<HTMLButtonElement> | undefined;
}>;

interface HungProps {
  trigger: Trigger;
  kind: "dialog" | "menu";
  children: (anchor: Element, close: () => void) => ReactNode;
}

/** A button, and what is attached to it while it is open. */
export function Hung({ trigger, kind, children }: HungProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [anchor, setAnchor] = useState<Element | null>(null);
  // A press on the button closes the popover as a press outside. The click that follows must not
  // open it again.
  const wasOpen = useRef(false);
  return (
    <>
      {cloneElement(trigger, {
        ref: button,
        "aria-haspopup": kind,
        "aria-expanded": anchor !== null,
        onPointerDown: () => {
          wasOpen.current = anchor !== null;
        },
        onClick: () => {
          setAnchor(wasOpen.current ? null : button.current);
          wasOpen.current = false;
        },
      })}
      {anchor && children(anchor, () => setAnchor(null))}
    </>
  );
}

interface PopoverProps {
  trigger: Trigger;
  label: string;
  side?: Side | undefined;
  align?: Align | undefined;
  className?: string | undefined;
  children: ReactNode | ((close: () => void) => ReactNode);
}

/** A small dialog at the button that opens it. */
export function Popover({ trigger, children, ...rest }: PopoverProps) {
  return (
    <Hung trigger={trigger} kind="dialog">
      {(anchor, close) => (
        <Float {...rest} anchor={anchor} onClose={close}>
          {typeof children === "function" ? children(close) : children}
        </Float>
      )}
    </Hung>
  );
}
