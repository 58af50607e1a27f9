/** The user's notifications, latest first, page by page. */

import { compareTexts } from "./compare.ts";
import type { Connection } from "./connection.ts";
import { ignoreFailure } from "./errors.ts";
import { cut } from "./merge.ts";
import type { Message, Notification, NotificationsSent, NotificationsTold } from "./types.ts";
import { Cell } from "./value.ts";

const NOTIFICATIONS_PAGE = 30;
/** The most pages that are fetched again. */
const MOST_PAGES_AGAIN = 5;

type NotificationsPage = NotificationsSent["list_notifications"]["ack"];

export class Notifications {
  readonly list = new Cell<readonly Notification[]>([]);
  readonly unread = new Cell(0);
  readonly hasMore = new Cell(true);
  private next: string | null = null;
  private loaded = false;
  /** Somebody has asked for the list, perhaps before there was a connection. */
  private wanted = false;
  /** The notifications that arrived while the first page was being fetched. */
  private arrived: Notification[] | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly myId: () => string,
  ) {}

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
    this.arrived?.push(notification);
    this.putNotifications([notification]);
  }

  takeRead({ ids, up_to }: NotificationsTold["notifications_read"]): void {
    this.markListed(({ id, created_at }) =>
      ids ? ids.includes(id) : up_to === null || created_at <= up_to,
    );
  }

  /** Who writes in a room, on whichever device, has read what they were told of earlier messages. */
  takeOwnMessage(message: Message): void {
    this.markListed(
      ({ room_id, seq }) => room_id === message.room_id && seq !== null && seq < message.seq,
    );
  }

  /** Applies the change of a message to the notifications about it. */
  takeMessage(message: Message): void {
    if (!message.edited_at && !message.deleted_at) return;
    const about = ({ room_id, seq }: Notification) =>
      room_id === message.room_id && seq === message.seq;
    const listed = this.list.get();
    if (!listed.some(about)) return;
    const preview = cut(message.text) || null;
    const ended = (each: Notification) =>
      message.deleted_at !== null || (each.kind === "mention" && !this.isMentioned(message));
    this.setList(
      listed.flatMap((each) => (!about(each) ? [each] : ended(each) ? [] : [{ ...each, preview }])),
    );
    // Without the mention, the server may notify of the message as a reply instead.
    if (!message.deleted_at && listed.some((each) => about(each) && ended(each)))
      ignoreFailure(this.refreshList());
  }

  /** Call this when the user has left the room, or it was deleted. */
  forgetRoom(roomId: string): void {
    const others = (each: Notification) => each.room_id !== roomId || each.kind === "invitation";
    if (!this.list.get().every(others)) this.setList(this.list.get().filter(others));
  }

  /** Whether the message is to the user by name, or to everybody. */
  private isMentioned({ mentions, text }: Message): boolean {
    return mentions.includes(this.myId()) || /(^|[^\w@])@all(?!\w)/i.test(text);
  }

  /**
   * Fetches the list again, as far back as it reaches, because notifications may have come and gone
   * while no events came. The list becomes shorter if it would take too many pages.
   */
  async refreshList(): Promise<void> {
    if (!this.wanted) return;
    const arrived: Notification[] = [];
    this.arrived = arrived;
    const oldest = this.list.get().at(-1);
    let page = await this.fetchPage(null);
    let found = page.items;
    for (let pages = 1; pages < MOST_PAGES_AGAIN && page.next && !reaches(found, oldest); pages++) {
      page = await this.fetchPage(page.next);
      found = [...found, ...page.items];
    }
    if (this.arrived !== arrived) return;
    this.arrived = null;
    const news = arrived.filter(({ id }) => !found.some((each) => each.id === id));
    this.takeCursor(page);
    this.setList([...news, ...found].sort(byAge));
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

  private markListed(isRead: (each: Notification) => boolean): void {
    const isNew = (each: Notification) => !each.read_at && isRead(each);
    if (!this.list.get().some(isNew)) return;
    const read_at = new Date().toISOString();
    this.setList(this.list.get().map((each) => (isNew(each) ? { ...each, read_at } : each)));
  }

  private setList(list: readonly Notification[]): void {
    this.list.set(list);
    this.unread.set(list.filter((each) => !each.read_at).length);
  }
}

/** Whether the list goes back to this one, if there is one. */
function reaches(list: readonly Notification[], oldest: Notification | undefined): boolean {
  const last = list.at(-1);
  return !oldest || !last || byAge(last, oldest) >= 0;
}

/**
 * Latest first. Notifications of the same millisecond are ordered by their ids, as the server does.
 */
function byAge(a: Notification, b: Notification): number {
  return compareTexts(b.created_at, a.created_at) || compareTexts(b.id, a.id);
}
