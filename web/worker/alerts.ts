/**
 * Shows the system's notifications of new messages, which come from pushes and from pages in the
 * background.
 */

import { worker as words } from "../src/text/en/worker.ts";

declare const self: ServiceWorkerGlobalScope;

/** As a push delivers it. Title and body are empty if the push service accepted no more data. */
interface AlertContent {
  readonly kind: string;
  readonly room_id: string;
  readonly seq: number | null;
  readonly title: string;
  readonly body: string;
  readonly unread?: number;
}

/** The name of the lock that the pages use, which refresh with the same cookie. */
const REFRESHING = "realtime-chat-refresh";

/** What a page asks for at whose message nobody looks. */
export interface PageAlert {
  readonly content: AlertContent;
  readonly shows: boolean;
  readonly sounds: boolean;
}

/** Does what a page asks for, unless somebody looks at another page. */
export async function showPageAlert(
  { content, shows, sounds }: PageAlert,
  page: ExtendableMessageEvent["source"],
): Promise<void> {
  if (await isWatched()) return;
  if (sounds) page?.postMessage({ type: "sound" });
  // The page makes the sound, if the user wants one.
  if (shows && !(await isShown(content))) await showAlert(content, true);
}

/** Shows one notification for each room, about its latest message. */
export async function showAlert(content: AlertContent, silent = false): Promise<void> {
  const { kind, room_id, seq, title, body, unread } = content;
  await self.registration.showNotification(title || words.app, {
    body: alertBody(kind, body),
    tag: room_id,
    icon: "/icons/192.png",
    badge: "/icons/badge.png",
    data: { path: leadsTo(content), seq, kind },
    ...({ renotify: true, silent } as object),
  });
  if (unread !== undefined) await self.navigator.setAppBadge?.(unread).catch(() => {});
}

/** Removes the notifications of a room that has been read. */
export async function closeAlerts(roomId: string): Promise<void> {
  for (const shown of await self.registration.getNotifications({ tag: roomId })) shown.close();
}

/** Shows the text of a message as it is now; null if the message was deleted. */
export async function changeAlert(roomId: string, seq: number, body: string | null): Promise<void> {
  for (const shown of await self.registration.getNotifications({ tag: roomId })) {
    // A reaction shows nothing of the message.
    if (shown.data.seq !== seq || (body !== null && shown.data.kind === "reaction")) continue;
    shown.close();
    if (body === null) continue;
    const { title, tag, data, icon, badge } = shown;
    await self.registration.showNotification(title, {
      ...{ body, tag, data, icon, badge, silent: true },
    });
  }
}

/** Opens a path in an existing window, or else in a new one. */
export async function openPath(path: string): Promise<void> {
  const [there] = await windows();
  if (!there) return void (await self.clients.openWindow(path));
  await there.focus().catch(() => {});
  there.postMessage({ type: "open", path });
}

/** Makes a new subscription after the browser has ended the old one. It signs in as pages do. */
export async function renewSubscription(): Promise<void> {
  const token = await navigator.locks.request(REFRESHING, async () => {
    const answer = await call("POST", "/auth/refresh", {});
    return answer.ok ? ((await answer.json()).access_token as string) : null;
  });
  if (!token) return;
  const { key } = await (await fetch("/api/v1/push/key")).json();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await self.registration.pushManager.subscribe(options);
  await call("PUT", "/push/subscriptions", subscription.toJSON(), token);
}

function call(method: string, path: string, body: object, token?: string): Promise<Response> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(`/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
}

function leadsTo({ kind, room_id, seq }: AlertContent): string {
  // The user is not in the room yet.
  if (kind === "invitation") return "/?panel=notifications";
  return `/rooms/${room_id}${kind === "reaction" && seq !== null ? `/${seq}` : ""}`;
}

function alertBody(kind: string, body: string): string {
  if (kind === "reaction") return words.reaction(body);
  if (kind === "added_to_room") return words.added;
  if (kind === "invitation") return words.invited(body);
  return body || words.message;
}

async function isWatched(): Promise<boolean> {
  return (await windows()).some(
    ({ visibilityState, focused }) => visibilityState === "visible" && focused,
  );
}

/** Whether another page has shown this message, or a later one. */
async function isShown({ room_id, seq }: AlertContent): Promise<boolean> {
  const shown = await self.registration.getNotifications({ tag: room_id });
  return shown.some(({ data }) => seq !== null && data.seq >= seq);
}

/** The windows of the app, the last focused one first. The server also has pages of its own. */
async function windows(): Promise<readonly WindowClient[]> {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => !new URL(url).pathname.startsWith("/api/"));
}
