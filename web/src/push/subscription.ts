import { chat } from "../chat.ts";
import { cell } from "../lib/value.ts";

export type PushState = "unsupported" | "denied" | "off" | "on";

/** Whether this browser hears of messages while no page is open. */
export const pushState = cell<PushState>("off");

/** To be called once somebody clicks: the browser asks them. */
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

/** What is so now; and the server hears of the subscription again, since it belongs to a session. */
export async function resumePush(): Promise<void> {
  const subscription = await current();
  if (subscription && Notification.permission === "granted")
    await registerSubscription(subscription);
  await updatePushState();
}

/** The next one to sign in here shall not hear of what is not theirs. */
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
