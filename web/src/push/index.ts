/** What happens beside the page: the service worker, pushes and the system's notifications. */

import { route } from "../lib/router.tsx";
import { readAlerts } from "./alerts.ts";
import { resumePush } from "./subscription.ts";
import { startWorker } from "./worker.ts";

let started: Promise<void> | undefined;

/** Called each time that somebody has signed in. */
export async function startPush(): Promise<void> {
  started ??= startOnce();
  await started;
  await resumePush();
}

async function startOnce(): Promise<void> {
  const look = () => {
    const here = route.get();
    readAlerts(here.name === "room" ? here.id : null);
  };
  route.subscribe(look);
  look();
  await startWorker();
}
