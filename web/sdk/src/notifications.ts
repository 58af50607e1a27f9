/** The user's notifications, latest first, page by page. */

import { compareTexts } from "./compare.ts";
import type { Connection } from "./connection.ts";
import { ignoreFailure } from "./errors.ts";
import type { Notification, NotificationsSent, NotificationsTold } from "./types.ts";
import { Cell } from "./value.ts";

const NOTIFICATIONS_PAGE = 30;

type NotificationsPage = NotificationsSent["list_notifications"]["ack"];

export class Notifications {
  readonly list = new Cell<readonly Notification[]>([]);
  readonly unread = new Cell(0);
  readonly hasMore = new Cell(true);
  private next: string | null = null;
  private loaded = false;
  /** Somebody has asked for the list, perhaps before there was a connection. */
  private wanted = false;

  constructor(private readonly connection: Connection) {}

  /**
   * Loads the first page, and then the next one at each call. Without a connection it rejects, and
   * the first page is loaded on connecting.
   */
  async loadMore(): Promise<void> {
    this.wanted = true;
    if (this.loaded && !this.next) return;
    const page = await this.fetchPage(this.next);
    this.takeCursor(page);
    this.putNotifications(page.items);
  }

  async markRead(ids: readonly string[] | "all"): Promise<void> {
    const payload = ids === "all" ? { all: true } : { ids };
    await this.connection.call("/notifications", "mark_notifications_read", payload);
  }

  takeNotification({ notification }: NotificationsTold["notification"]): void {
    this.putNotifications([notification]);
  }

  takeRead({ ids, up_to }: NotificationsTold["notifications_read"]): void {
    const read_at = new Date().toISOString();
    const isRead = ({ id, created_at }: Notification) =>
      ids ? ids.includes(id) : up_to === null || created_at <= up_to;
    this.setList(
      this.list.get().map((each) => (!each.read_at && isRead(each) ? { ...each, read_at } : each)),
    );
  }

  /**
   * Fetches what was missed. If that is more than the first page, the list starts anew with that
   * page.
   */
  async refreshList(): Promise<void> {
    if (!this.wanted) return;
    const page = await this.fetchPage(null);
    const known = new Set(this.list.get().map(({ id }) => id));
    if (page.items.some(({ id }) => known.has(id))) return this.putNotifications(page.items);
    this.takeCursor(page);
    this.setList(page.items);
  }

  /**
   * In a burst, the server announces only the first notifications, and then the number of mentions.
   */
  takeMentionCount(mentions: number): void {
    const listed = this.list.get().filter(({ kind, read_at }) => kind === "mention" && !read_at);
    if (mentions > listed.length) ignoreFailure(this.refreshList());
  }

  clearNotifications(): void {
    this.loaded = false;
    this.wanted = false;
    this.next = null;
    this.hasMore.set(true);
    this.setList([]);
  }

  private fetchPage(cursor: string | null): Promise<NotificationsPage> {
    const payload = { limit: NOTIFICATIONS_PAGE, cursor };
    return this.connection.call("/notifications", "list_notifications", payload);
  }

  private takeCursor({ next, has_more }: NotificationsPage): void {
    this.loaded = true;
    this.next = next;
    this.hasMore.set(has_more);
  }

  private putNotifications(news: readonly Notification[]): void {
    const byId = new Map([...news, ...this.list.get()].map((each) => [each.id, each]));
    for (const each of news) byId.set(each.id, each);
    this.setList([...byId.values()].sort(byAge));
  }

  private setList(list: readonly Notification[]): void {
    this.list.set(list);
    this.unread.set(list.filter((each) => !each.read_at).length);
  }
}

/**
 * Latest first. Notifications of the same millisecond are ordered by their ids, as the server does.
 */
function byAge(a: Notification, b: Notification): number {
  return compareTexts(b.created_at, a.created_at) || compareTexts(b.id, a.id);
}
