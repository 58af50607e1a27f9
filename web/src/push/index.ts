/**
 * What happens beside the page: the service worker, pushes, the system's notifications, sounds, and
 * the number on the icon.
 */

import { chat } from "../chat.ts";
import { route } from "../lib/router.tsx";
import { readAlerts } from "./alerts.ts";
import "./counts.ts";
import "./offer.ts";
import { resumePush } from "./subscription.ts";
import { startWorker } from "./worker.ts";

let started: Promise<void> | undefined;
let wasAway = false;

/** Called each time that somebody has signed in. */
export async function startPush(): Promise<void> {
  started ??= startOnce();
  await started;
  await resumePush();
}

/** The server may have another key since it was last reached. */
chat.connection.subscribe(() => {
  const { state } = chat.connection.get();
  if (state === "waiting") wasAway = true;
  else if (state === "online" && wasAway) {
    wasAway = false;
    resumePush().catch(() => {});
  }
});

async function startOnce(): Promise<void> {
  const look = () => {
    const here = route.get();
    readAlerts(here.name === "room" ? here.id : null);
  };
  route.subscribe(look);
  look();
  await startWorker();
}
