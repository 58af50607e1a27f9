import { chat } from "../chat.ts";
import { cell } from "../lib/value.ts";

export type PushState = "unsupported" | "denied" | "off" | "on";

/** Whether this browser receives messages while no page is open. */
export const pushState = cell<PushState>("off");

/** Remembers that the user wants pushes, in case that a subscription is lost. */
const PUSH_WANTED = "push";

/** Call this in a click, because the browser asks the user for permission. */
export async function turnOnPush(): Promise<void> {
  if ((await Notification.requestPermission()) === "granted") await subscribeToPush();
  else await updatePushState();
}

/** Needs the user's permission. */
export async function subscribeToPush(): Promise<void> {
  await registerSubscription(await newSubscription(await serverKey()));
  localStorage.setItem(PUSH_WANTED, "1");
  await updatePushState();
}

export async function turnOffPush(): Promise<void> {
  localStorage.removeItem(PUSH_WANTED);
  const subscription = await current();
  if (subscription) await dropSubscription(subscription);
  await updatePushState();
}

/**
 * Updates the state. It also sends the subscription to the server again, because it belongs to a
 * session. One that was made with another key of the server is replaced.
 */
export async function resumePush(): Promise<void> {
  const subscription = await current();
  const wanted = subscription !== null || localStorage.getItem(PUSH_WANTED) !== null;
  if (wanted && globalThis.Notification?.permission === "granted") {
    localStorage.setItem(PUSH_WANTED, "1");
    await registerSubscription(await withServersKey(subscription));
  }
  await updatePushState();
}

/** The next user who signs in here must not receive the pushes of this one. */
chat.on("signed_out", () => {
  localStorage.removeItem(PUSH_WANTED);
  void current().then((subscription) => subscription?.unsubscribe());
});

/** A push service takes pushes for a subscription with the key it was made with, and no other. */
async function withServersKey(subscription: PushSubscription | null): Promise<PushSubscription> {
  const key = await serverKey();
  const made = subscription?.options?.applicationServerKey;
  if (subscription && (!made || isSame(key, new Uint8Array(made)))) return subscription;
  // The browser refuses a second subscription with another key.
  if (subscription) await dropSubscription(subscription);
  return newSubscription(key);
}

async function serverKey(): Promise<string> {
  return (await chat.api.get("/push/key")).key;
}

async function newSubscription(applicationServerKey: string): Promise<PushSubscription> {
  const { pushManager } = await navigator.serviceWorker.ready;
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

/** Whether the text is base64url of these bytes. */
function isSame(key: string, bytes: Uint8Array): boolean {
  const made = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return made.length === bytes.length && bytes.every((each, at) => each === made.charCodeAt(at));
}

async function dropSubscription(subscription: PushSubscription): Promise<void> {
  const { endpoint } = subscription;
  await subscription.unsubscribe();
  await chat.api.delete("/push/subscriptions", { body: { endpoint } });
}

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
