import { chat } from "../chat.ts";
import { cell } from "../lib/value.ts";

export type PushState = "unsupported" | "denied" | "off" | "on";

/** Whether this browser receives messages while no page is open. */
export const pushState = cell<PushState>("off");

/** Call this in a click, because the browser asks the user for permission. */
export async function turnOnPush(): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return updatePushState();
  const registration = await navigator.serviceWorker.ready;
  const { key } = await chat.api.get("/push/key");
  const options = { userVisibleOnly: true, applicationServerKey: key };
  await registerSubscription(await registration.pushManager.subscribe(options));
  await updatePushState();
}

export async function turnOffPush(): Promise<void> {
  const subscription = await current();
  if (!subscription) return updatePushState();
  const { endpoint } = subscription;
  await subscription.unsubscribe();
  await chat.api.delete("/push/subscriptions", { body: { endpoint } });
  await updatePushState();
}

/**
 * Updates the state. It also sends the subscription to the server again, because it belongs to a
 * session.
 */
export async function resumePush(): Promise<void> {
  const subscription = await current();
  if (subscription && Notification.permission === "granted")
    await registerSubscription(subscription);
  await updatePushState();
}

/** The next user who signs in here must not receive the pushes of this one. */
chat.on("signed_out", () => {
  void current().then((subscription) => subscription?.unsubscribe());
});

async function registerSubscription(subscription: PushSubscription): Promise<void> {
  const { endpoint, expirationTime = null, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (!endpoint || !p256dh || !auth) return;
  const body = { endpoint, expirationTime, keys: { p256dh, auth } };
  await chat.api.put("/push/subscriptions", { body });
}

async function updatePushState(): Promise<void> {
  if (!("PushManager" in globalThis && "Notification" in globalThis)) {
    pushState.set("unsupported");
  } else if (Notification.permission === "denied") pushState.set("denied");
  else pushState.set((await current()) ? "on" : "off");
}

async function current(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker?.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}
