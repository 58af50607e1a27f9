/** The service worker: the app without a network, and pushes while no page is open. */

import {
  changeAlert,
  closeAlerts,
  openPath,
  renewSubscription,
  showAlert,
  showPageAlert,
} from "./alerts.ts";
import { forgetOld, fromShell, keepShell, page } from "./shell.ts";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", (event) => event.waitUntil(keepShell()));

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([forgetOld(), self.clients.claim()]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const answer = request.mode === "navigate" ? page(request, pathname) : fromShell(pathname);
  if (answer) event.respondWith(answer.then((found) => found ?? fetch(request)));
});

self.addEventListener("push", (event) => {
  const content = event.data?.json();
  if (content) event.waitUntil(showAlert(content));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPath(event.notification.data.path));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewSubscription()));

/** What pages can ask for. */
self.addEventListener("message", (event) => {
  const { data } = event;
  if (data.type === "take-over") event.waitUntil(self.skipWaiting());
  if (data.type === "alert") event.waitUntil(showPageAlert(data, event.source));
  if (data.type === "changed") event.waitUntil(changeAlert(data.roomId, data.seq, data.body));
  if (data.type === "read") event.waitUntil(closeAlerts(data.roomId));
});
