import { cell } from "../lib/value.ts";

/** So near to the end it counts as being there. */
const NEAR = 16;

/**
 * Keeps what is read where it is, whatever comes or grows around it: at the end the end, elsewhere
 * the first line that is seen. Done by hand, since not every browser anchors, and none at the top.
 */
export class Keeper {
  readonly atEnd = cell(true);
  /** Whether the end of the list is the end of the room. */
  live = true;
  private anchor: { readonly row: HTMLElement; readonly bottom: number } | null = null;
  /** Where it stood when it was last looked at. */
  private top = 0;
  private readonly sizes: ResizeObserver;

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

  /** After anything has changed. */
  keepPlace(): void {
    if (this.atEnd.get() && this.isAtEnd()) this.viewport.scrollTop = this.viewport.scrollHeight;
    else if (this.anchor?.row.isConnected) {
      // Against the list, not the view: it may have been scrolled since, and not have told yet.
      const moved = bottomOf(this.anchor.row) - this.anchor.bottom;
      if (moved !== 0) this.viewport.scrollTop = this.scrolled() + moved;
    }
    this.look();
  }

  /** Where one has scrolled to. From what is not there any more the browser has gone to the end. */
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

  /** Brings a row into sight, and stays there: `part` of the free room is left above it. */
  showRow(row: HTMLElement, part: number): void {
    const free = Math.max(this.viewport.clientHeight - row.offsetHeight, 0);
    this.viewport.scrollTop = row.offsetTop - free * part;
    this.atEnd.set(false);
    this.look();
  }

  findRow(seq: number): HTMLElement | null {
    return this.list.querySelector(`[data-seq="${seq}"]`);
  }

  /** The first row of which the end is in sight. */
  firstRowInSight(): HTMLElement | undefined {
    return this.anchor?.row;
  }

  /** The last row of which the end is in sight. */
  lastRowInSight(): HTMLElement | undefined {
    const edge = this.viewport.scrollTop + this.viewport.clientHeight + NEAR;
    const rows = this.list.children;
    return rows[firstBelow(rows, edge) - 1] as HTMLElement | undefined;
  }

  /** How far it is to both ends, in heights of what is seen. */
  get heightsAbove(): number {
    return this.viewport.scrollTop / (this.viewport.clientHeight || 1);
  }

  get heightsBelow(): number {
    const { scrollHeight, clientHeight, scrollTop } = this.viewport;
    return (scrollHeight - clientHeight - scrollTop) / (clientHeight || 1);
  }

  /** Only who scrolls back leaves the end: what grows is not there for long. */
  private isAtEnd(): boolean {
    const { scrollHeight, clientHeight, scrollTop } = this.viewport;
    const near = scrollHeight - clientHeight - scrollTop <= NEAR;
    return this.live && (near || (this.atEnd.get() && scrollTop >= this.top));
  }

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

/** The first row that ends below a line; they stand in order, so half of them are left each time. */
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
