/** What the system shows of new messages, whether a push or a page in the background tells it. */

import { worker as words } from "../src/text/en/worker.ts";

declare const self: ServiceWorkerGlobalScope;

/** As a push brings it; without title and body where the service took no more. */
interface AlertContent {
  readonly kind: string;
  readonly room_id: string;
  readonly seq: number | null;
  readonly title: string;
  readonly body: string;
  readonly unread?: number;
}

/** The same as the pages', which refresh by the same cookie. */
const REFRESHING = "realtime-chat-refresh";

/** One for each room, the last message. A page's is not shown while another page is looked at. */
export async function showAlert(content: AlertContent, byPage = false): Promise<void> {
  if (byPage && ((await isWatched()) || (await isShown(content)))) return;
  const { kind, room_id, seq, title, body, unread } = content;
  await self.registration.showNotification(title || words.app, {
    body: alertBody(kind, body),
    tag: room_id,
    icon: "/icons/192.png",
    badge: "/icons/badge.png",
    data: { path: leadsTo(content), seq },
    ...({ renotify: true } as object),
  });
  if (unread !== undefined) await self.navigator.setAppBadge?.(unread).catch(() => {});
}

/** One has read it meanwhile. */
export async function closeAlerts(roomId: string): Promise<void> {
  for (const shown of await self.registration.getNotifications({ tag: roomId })) shown.close();
}

/** In a window that is there, else in a new one. */
export async function openPath(path: string): Promise<void> {
  const [there] = await windows();
  if (!there) return void (await self.clients.openWindow(path));
  await there.focus().catch(() => {});
  there.postMessage({ type: "open", path });
}

/** The browser has ended the subscription: makes another one. Signs itself in as pages do. */
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
  // One is not in the room yet.
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
  return (await windows()).some((each) => each.visibilityState === "visible");
}

/** Another page has told of it, or of a later one. */
async function isShown({ room_id, seq }: AlertContent): Promise<boolean> {
  const shown = await self.registration.getNotifications({ tag: room_id });
  return shown.some(({ data }) => seq !== null && data.seq >= seq);
}

/** Those of the app, the one looked at last first: the server has pages of its own. */
async function windows(): Promise<readonly WindowClient[]> {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => !new URL(url).pathname.startsWith("/api/"));
}
