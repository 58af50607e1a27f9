import { type ComponentType, lazy } from "react";

interface PanelProps {
  /** The room that is open, if one is. */
  roomId: string | null;
}

/** What can stand beside a page, by the name in its address (`?panel=…`). */
export const panels: Readonly<Record<string, ComponentType<PanelProps>>> = {
  details: lazy(() =>
    import("../details/details-panel.tsx").then(({ DetailsPanel }) => ({ default: DetailsPanel })),
  ),
  notifications: lazy(() =>
    import("../notifications/notifications-panel.tsx").then(({ NotificationsPanel }) => ({
      default: NotificationsPanel,
    })),
  ),
  pins: lazy(() =>
    import("../room/pins-panel.tsx").then(({ PinsPanel }) => ({ default: PinsPanel })),
  ),
  search: lazy(() =>
    import("../search/search-panel.tsx").then(({ SearchPanel }) => ({ default: SearchPanel })),
  ),
};
