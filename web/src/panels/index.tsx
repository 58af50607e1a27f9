import { type ComponentType, lazy } from "react";

interface PanelProps {
  /** The id of the open room, if there is one. */
  roomId: string | null;
}

/** The panels that can stand beside a page, by their names in the address (`?panel=…`). */
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
