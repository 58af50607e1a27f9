import type { ComponentProps, MouseEvent } from "react";
import { parse, type Route } from "./routes.ts";
import { cell, useValue } from "./value.ts";

export type { Route };

const here = () => parse(location.pathname, location.hash);
const besides = () => new URLSearchParams(location.search).get("panel");
export const route = cell<Route>(here());
const panel = cell<string | null>(besides());

function arrive(): void {
  route.set(here());
  panel.set(besides());
}

addEventListener("popstate", arrive);
addEventListener("hashchange", arrive);

/** Goes to a path of the app; `replace` leaves no step back to where one was. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  arrive();
}

export const useRoute = (): Route => useValue(route);

/** What stands beside the page, by its name (`panels/index.tsx`). It is part of the address, so the
 * way back closes it. */
export const usePanel = (): string | null => useValue(panel);

export function openPanel(name: string): void {
  const query = new URLSearchParams({ panel: name });
  const replace = panel.get() !== null;
  const state = { opened: !replace || history.state?.opened === true };
  history[replace ? "replaceState" : "pushState"](state, "", `${location.pathname}?${query}`);
  arrive();
}

export function closePanel(): void {
  if (panel.get() === null) return;
  if (history.state?.opened) history.back();
  else navigate(location.pathname, { replace: true });
}

export const paths = {
  room: (id: string, seq?: number) => `/rooms/${id}${seq === undefined ? "" : `/${seq}`}`,
  settings: (section?: string) => (section ? `/settings/${section}` : "/settings"),
};

/** A link inside the app; with a modifier key it does what links do. */
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
