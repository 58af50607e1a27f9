/** The pages of a room's history that somebody is looking at. */

import type { Http } from "./http.ts";
import { countsAsUnread } from "./merge.ts";
import { untilAnswered } from "./repeated-calls.ts";
import type { RoomState } from "./room-state.ts";
import type { Message, Timeline } from "./types.ts";

const HISTORY_PAGE = 50;
/** With fewer messages than this, the screen of an open room would be half empty. */
const ENOUGH = 30;

type MessagesPage = { readonly items: readonly Message[] };
type Loading = Timeline["loading"];

export class HistoryPages {
  loading: Loading = null;
  /** The read mark at the time when the room was opened. */
  private openedAt: number | null = null;
  /** The message that is being read, when that is not the end. */
  private place: number | undefined;
  /** Pages are fetched one after the other, because each begins where the last one ended. */
  private last: Promise<void> = Promise.resolve();
  /** How many jumps are under way. */
  private jumps = 0;

  constructor(
    private readonly http: Http,
    private readonly state: RoomState,
    private readonly myId: () => string,
    private readonly onChange: () => void,
  ) {}

  get hasOlder(): boolean {
    return this.state.history.first > 1;
  }

  get hasNewer(): boolean {
    return this.state.history.last < this.state.room.get().last_seq;
  }

  get firstUnreadSeq(): number | null {
    const mark = this.openedAt;
    if (mark === null || this.state.history.first > mark + 1) return null;
    const isNew = (each: Message) => each.seq > mark && countsAsUnread(each, this.myId());
    return this.state.history.messages.find(isNew)?.seq ?? null;
  }

  /**
   * Loads messages around the read mark, or the latest ones. Messages that are held are not fetched
   * again.
   */
  open(): Promise<void> {
    const { history, room } = this.state;
    const { last_seq, me } = room.get();
    const mark = me?.last_read_seq ?? last_seq;
    const unread = (me?.unread_count ?? 0) > 0;
    history.opened = true;
    this.openedAt = unread ? mark : null;
    this.onChange();
    // A jump that was requested before the room was opened decides what is shown first.
    if (this.jumps > 0) return this.last;
    if (unread && !history.findMessage(mark + 1)) return this.jumpTo(mark + 1);
    if (history.messages.length >= ENOUGH || (!this.hasOlder && history.last >= last_seq)) {
      return Promise.resolve();
    }
    return history.last < last_seq ? this.jumpToLatest() : this.fillScreen();
  }

  loadOlder(): Promise<void> {
    return this.inTurn("older", async () => {
      const { first } = this.state.history;
      if (first > 1) await this.loadPage("older", { before_seq: first });
    });
  }

  loadNewer(): Promise<void> {
    return this.inTurn("newer", async () => {
      if (this.hasNewer) await this.loadPage("newer", { after_seq: this.state.history.last });
      this.state.history.following = !this.hasNewer;
    });
  }

  /** Loads the message and those around it, unless it is held already. */
  jumpTo(seq: number): Promise<void> {
    this.jumps++;
    const done = this.inTurn("first", async () => {
      if (this.state.history.findMessage(seq)) return;
      await this.loadPage("anew", { around_seq: seq });
      this.state.history.following = !this.hasNewer;
    });
    return done.finally(() => {
      this.jumps--;
    });
  }

  jumpToLatest(): Promise<void> {
    return this.inTurn("first", async () => {
      if (this.hasNewer || this.state.history.last === 0) await this.loadPage("anew", {});
      this.state.history.following = true;
    });
  }

  /**
   * Says whether the end is in sight. Elsewhere, the messages that are held stay, whatever arrives.
   */
  follow(on: boolean, seq?: number | undefined): void {
    this.place = on ? undefined : seq;
    this.state.history.following = on && !this.hasNewer;
  }

  /** Fetches the same place again, because the messages that were held are outdated. */
  reloadPlace(): Promise<void> {
    const { history } = this.state;
    const place = this.place ?? history.messages[history.messages.length >> 1]?.seq;
    const query = history.following || place === undefined ? {} : { around_seq: place };
    return this.inTurn("first", () => untilAnswered(() => this.loadPage("anew", query)));
  }

  close(): void {
    const { history } = this.state;
    history.opened = false;
    this.place = undefined;
    if (this.hasNewer || history.stale) history.resetTo(this.state.room.get().last_message);
    else history.keepLatest();
  }

  private fillScreen(): Promise<void> {
    return this.inTurn("first", async () => {
      const { messages, first } = this.state.history;
      if (messages.length >= ENOUGH || !this.hasOlder) return;
      await this.loadPage("older", { before_seq: first });
      this.state.history.following = true;
    });
  }

  private inTurn(loading: Loading, work: () => Promise<void>): Promise<void> {
    const turn = async () => {
      this.setLoading(loading);
      await work().finally(() => this.setLoading(null));
    };
    const done = this.last.then(turn, turn);
    this.last = done.catch(() => {});
    return done;
  }

  private loadPage(how: "anew" | "older" | "newer", query: Readonly<Record<string, number>>) {
    const path = `/rooms/${this.state.id}/messages`;
    const given = { ...query, limit: HISTORY_PAGE };
    return this.state.history.loadPage(how, async () => {
      return (await this.http.request<MessagesPage>("GET", path, { query: given })).items;
    });
  }

  private setLoading(loading: Loading): void {
    this.loading = loading;
    this.state.touch();
    this.onChange();
  }
}
