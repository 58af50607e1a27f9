import { cell } from "../lib/value.ts";

/** Within this many pixels of the end, the reader counts as being at the end. */
const NEAR = 16;

/** A message, and how many pixels below the upper edge of the viewport it stands. */
export interface ReadingPlace {
  readonly seq: number;
  readonly top: number;
}

/**
 * Keeps the reader's place while messages arrive, leave or change their size around it. At the end of
 * the room it stays at the end; anywhere else, the first row in sight stays where it is. This is done
 * by hand because not every browser anchors the scroll position, and none does so at the very top.
 */
export class Keeper {
  readonly atEnd = cell(true);
  /** Whether the end of the list is the end of the room. */
  live = true;
  private anchor: { readonly row: HTMLElement; readonly bottom: number } | null = null;
  /** The scroll position at the last look. */
  private top = 0;
  private readonly sizes: ResizeObserver;

  /** `onMove` is called after each scroll and each change of a size. */
  constructor(
    private readonly viewport: HTMLElement,
    private readonly list: HTMLElement,
    private readonly onMove: () => void,
  ) {
    this.sizes = new ResizeObserver(() => this.keepPlace());
    this.sizes.observe(viewport);
    this.sizes.observe(list);
    viewport.addEventListener("scroll", this.look, { passive: true });
  }

  stop(): void {
    this.sizes.disconnect();
    this.viewport.removeEventListener("scroll", this.look);
  }

  /** Restores the reader's place. Call it after any change of what is drawn. */
  keepPlace(): void {
    if (this.atEnd.get() && this.isAtEnd()) this.viewport.scrollTop = this.viewport.scrollHeight;
    else if (this.anchor?.row.isConnected) {
      // Measured against the list, not against the viewport: the reader may have scrolled since the
      // last look, in a scroll whose event has not arrived yet.
      const moved = bottomOf(this.anchor.row) - this.anchor.bottom;
      if (moved !== 0) this.viewport.scrollTop = this.scrolled() + moved;
    }
    this.look();
  }

  /**
   * The position that the reader has scrolled to. When the list has become shorter than that
   * position, the browser has moved to the new end by itself: then it is the one of the last look.
   */
  private scrolled(): number {
    const { scrollHeight, clientHeight, scrollTop } = this.viewport;
    return scrollTop < this.top && scrollHeight - clientHeight - scrollTop < 1
      ? this.top
      : scrollTop;
  }

  goToEnd(): void {
    this.atEnd.set(true);
    this.top = 0;
    this.keepPlace();
  }

  /**
   * Scrolls to a row, and stays there. `part`, from 0 to 1, is the share of the free height of the
   * viewport that is left above the row.
   */
  showRow(row: HTMLElement, part: number): void {
    const free = Math.max(this.viewport.clientHeight - row.offsetHeight, 0);
    this.putRow(row, free * part);
  }

  /** Scrolls until the row is `top` pixels below the upper edge, and stays there. */
  putRow(row: HTMLElement, top: number): void {
    this.viewport.scrollTop = row.offsetTop - top;
    this.atEnd.set(false);
    this.look();
  }

  /** Where the reader is; null at the end. */
  get place(): ReadingPlace | null {
    const row = this.anchor?.row;
    const seq = Number(row?.dataset.seq);
    if (!row || !seq || this.atEnd.get()) return null;
    return { seq, top: row.offsetTop - this.viewport.scrollTop };
  }

  findRow(seq: number): HTMLElement | null {
    return this.list.querySelector(`[data-seq="${seq}"]`);
  }

  /** The first row whose lower edge is in sight. */
  firstRowInSight(): HTMLElement | undefined {
    return this.anchor?.row;
  }

  /** The last row whose lower edge is in sight. */
  lastRowInSight(): HTMLElement | undefined {
    const edge = this.viewport.scrollTop + this.viewport.clientHeight + NEAR;
    const rows = this.list.children;
    return rows[firstBelow(rows, edge) - 1] as HTMLElement | undefined;
  }

  /** The distance to the first row, in heights of the viewport. */
  get heightsAbove(): number {
    return this.viewport.scrollTop / (this.viewport.clientHeight || 1);
  }

  /** The distance to the last row, in heights of the viewport. */
  get heightsBelow(): number {
    const { scrollHeight, clientHeight, scrollTop } = this.viewport;
    return (scrollHeight - clientHeight - scrollTop) / (clientHeight || 1);
  }

  /**
   * Only scrolling back leaves the end. A message that arrives moves the end away as well, but the
   * reader who was there has not left it.
   */
  private isAtEnd(): boolean {
    const { scrollHeight, clientHeight, scrollTop } = this.viewport;
    const near = scrollHeight - clientHeight - scrollTop <= NEAR;
    return this.live && (near || (this.atEnd.get() && scrollTop >= this.top));
  }

  /** Takes in where the reader is now. */
  private readonly look = () => {
    const { scrollTop } = this.viewport;
    this.atEnd.set(this.isAtEnd());
    this.top = scrollTop;
    const rows = this.list.children;
    const row = rows[firstBelow(rows, scrollTop + 1)] as HTMLElement | undefined;
    this.anchor = row ? { row, bottom: bottomOf(row) } : null;
    this.onMove();
  };
}

/** The index of the first row that ends below `line`. The rows stand in order: a binary search. */
function firstBelow(rows: HTMLCollection, line: number): number {
  let from = 0;
  let to = rows.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (bottomOf(rows[middle] as HTMLElement) > line) to = middle;
    else from = middle + 1;
  }
  return from;
}

function bottomOf(row: HTMLElement): number {
  return row.offsetTop + row.offsetHeight;
}
