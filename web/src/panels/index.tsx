import type { ComponentType } from "react";

interface PanelProps {
  /** The room that is open, if one is. */
  roomId: string | null;
}

/** What can stand beside a page, by the name in its address (`?panel=…`). */
export const panels: Readonly<Record<string, ComponentType<PanelProps>>> = {};
