/** What one was told of: the latest first, page by page. */

import type { Connection } from "./connection.ts";
import { forget } from "./errors.ts";
import type { Notification, NotificationsSent, NotificationsTold } from "./types.ts";
import { Cell } from "./value.ts";

const PAGE = 30;

type Page = NotificationsSent["list_notifications"]["ack"];

export class Notifications {
  readonly list = new Cell<readonly Notification[]>([]);
  readonly unread = new Cell(0);
  readonly hasMore = new Cell(true);
  private next: string | null = null;
  private loaded = false;
  /** Somebody has asked, perhaps before there was a connection. */
  private wanted = false;

  constructor(private readonly connection: Connection) {}

  /** The first page, and then the next ones. Without a connection the first one comes with it. */
  async loadMore(): Promise<void> {
    this.wanted = true;
    if (this.loaded && !this.next) return;
    const page = await this.page(this.next);
    this.goOn(page);
    this.put(page.items);
  }

  async markRead(ids: readonly string[] | "all"): Promise<void> {
    const payload = ids === "all" ? { all: true } : { ids };
    await this.connection.call("/notifications", "mark_notifications_read", payload);
  }

  heard({ notification }: NotificationsTold["notification"]): void {
    this.put([notification]);
  }

  read({ ids, up_to }: NotificationsTold["notifications_read"]): void {
    const read_at = new Date().toISOString();
    const isRead = ({ id, created_at }: Notification) =>
      ids ? ids.includes(id) : up_to === null || created_at <= up_to;
    this.set(
      this.list.get().map((each) => (!each.read_at && isRead(each) ? { ...each, read_at } : each)),
    );
  }

  /** What was missed is on the first page; if that was more, what is older is fetched anew. */
  async refresh(): Promise<void> {
    if (!this.wanted) return;
    const page = await this.page(null);
    const known = new Set(this.list.get().map(({ id }) => id));
    if (page.items.some(({ id }) => known.has(id))) return this.put(page.items);
    this.goOn(page);
    this.set(page.items);
  }

  /** In a burst the server tells of the first ones only, and then how many mentions there are. */
  counted(mentions: number): void {
    const listed = this.list.get().filter(({ kind, read_at }) => kind === "mention" && !read_at);
    if (mentions > listed.length) forget(this.refresh());
  }

  clear(): void {
    this.loaded = false;
    this.wanted = false;
    this.next = null;
    this.hasMore.set(true);
    this.set([]);
  }

  private page(cursor: string | null): Promise<Page> {
    const payload = { limit: PAGE, cursor };
    return this.connection.call("/notifications", "list_notifications", payload);
  }

  private goOn({ next, has_more }: Page): void {
    this.loaded = true;
    this.next = next;
    this.hasMore.set(has_more);
  }

  private put(news: readonly Notification[]): void {
    const byId = new Map([...news, ...this.list.get()].map((each) => [each.id, each]));
    for (const each of news) byId.set(each.id, each);
    this.set([...byId.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1)));
  }

  private set(list: readonly Notification[]): void {
    this.list.set(list);
    this.unread.set(list.filter((each) => !each.read_at).length);
  }
}
