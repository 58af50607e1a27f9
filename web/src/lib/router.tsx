import type { ComponentProps, MouseEvent } from "react";
import { parseRoute, type Route } from "./routes.ts";
import { cell, useValue } from "./value.ts";

export type { Route };

const address = () => location.pathname + location.hash;
const here = () => parseRoute(location.pathname, location.hash);
const besides = () => new URLSearchParams(location.search).get("panel");
/** The same width as in layout/shell.module.css. */
const wide = matchMedia("(width >= 68.75em)");
export const route = cell<Route>(here());
export const panel = cell<string | null>(besides());
let shown = address();
/** Where the user was before the settings: a room, or the list. */
let place = "/";
note();

/** The route stays the same object if only the panel has changed. */
function readAddress(): void {
  if (shown !== address()) route.set(here());
  shown = address();
  panel.set(besides());
  note();
}

function note(): void {
  const { name } = route.get();
  if (name === "room" || name === "home") place = location.pathname;
}

addEventListener("popstate", readAddress);
addEventListener("hashchange", readAddress);

/** Goes to a path of the app. `replace` adds no step to the history. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  // Going to the current address shows its content again.
  shown = "";
  readAddress();
}

export const leaveSettings = (): void => navigate(place);

export const useRoute = (): Route => useValue(route);

/**
 * The name of the panel beside the page (see `panels/index.tsx`). It is part of the address, so
 * that going back closes the panel.
 */
export const usePanel = (): string | null => useValue(panel);

export function openPanel(name: string): void {
  const query = new URLSearchParams({ panel: name });
  const replace = panel.get() !== null;
  const state = { opened: !replace || history.state?.opened === true };
  history[replace ? "replaceState" : "pushState"](state, "", `${location.pathname}?${query}`);
  readAddress();
}

export function closePanel(): void {
  if (panel.get() === null) return;
  if (history.state?.opened) history.back();
  else {
    history.replaceState(null, "", location.pathname);
    readAddress();
  }
}

/** On wide screens, the panel stays open beside the page that one of its links opens. */
export function beside(path: string): string {
  const name = panel.get();
  return name && wide.matches ? `${path}?${new URLSearchParams({ panel: name })}` : path;
}

export const paths = {
  room: (id: string, seq?: number) => `/rooms/${id}${seq === undefined ? "" : `/${seq}`}`,
  settings: (section?: string) => (section ? `/settings/${section}` : "/settings"),
};

/** A link inside the app. With a modifier key, it behaves as any link does. */
export function Link({ href, onClick, ...rest }: ComponentProps<"a"> & { href: string }) {
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const asked = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button;
    if (event.defaultPrevented || asked) return;
    event.preventDefault();
    navigate(href);
  }
  return <a {...rest} href={href} onClick={follow} />;
}
