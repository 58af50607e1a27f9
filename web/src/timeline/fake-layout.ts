/**
 * A list of rows in a viewport, laid out as a browser does it, for tests that run without a
 * browser.
 */

interface LaidOut {
  readonly dataset: { readonly seq: string };
  readonly offsetTop: number;
  readonly offsetHeight: number;
  readonly isConnected: boolean;
}

export class FakeLayout {
  private readonly rows: { readonly seq: number; height: number; readonly row: LaidOut }[] = [];
  private top = 0;
  private onScroll: (() => void) | null = null;
  private onResize: (() => void) | null = null;

  constructor(private height: number) {}

  /** Stands in for the browser's `ResizeObserver`, and reports the changes of this layout. */
  static observer(layout: () => FakeLayout) {
    return class {
      constructor(onResize: () => void) {
        layout().onResize = onResize;
      }
      observe(): void {}
      disconnect(): void {
        layout().onResize = null;
      }
    };
  }

  get scrollHeight(): number {
    const content = this.rows.reduce((sum, { height }) => sum + height, 0);
    return Math.max(content, this.height);
  }

  /** Never beyond the content: a browser moves the position when the content becomes shorter. */
  get scrollTop(): number {
    return Math.min(this.top, this.scrollHeight - this.height);
  }

  readonly viewport = this.makeViewport();
  readonly list = this.makeList();

  row(seq: number): HTMLElement {
    const found = this.rows.find((each) => each.seq === seq);
    if (!found) throw new Error(`there is no row ${seq}`);
    return found.row as unknown as HTMLElement;
  }

  /** Makes changes that the observer has not reported yet, as it reports only after the frame. */
  unreported(change: () => void): void {
    const { onResize } = this;
    this.onResize = null;
    change();
    this.onResize = onResize;
  }

  append(...heights: readonly number[]): void {
    for (const height of heights)
      this.rows.push(this.make((this.rows.at(-1)?.seq ?? 0) + 1, height));
    this.onResize?.();
  }

  prepend(...heights: readonly number[]): void {
    for (const height of heights)
      this.rows.unshift(this.make((this.rows[0]?.seq ?? 0) - 1, height));
    this.onResize?.();
  }

  remove(...seqs: readonly number[]): void {
    for (const seq of seqs) {
      this.rows.splice(
        this.rows.findIndex((each) => each.seq === seq),
        1,
      );
    }
    this.top = this.scrollTop;
    this.onResize?.();
  }

  resize(seq: number, height: number): void {
    const found = this.rows.find((each) => each.seq === seq);
    if (found) found.height = height;
    this.top = this.scrollTop;
    this.onResize?.();
  }

  resizeViewport(height: number): void {
    this.height = height;
    this.onResize?.();
  }

  scrollTo(top: number): void {
    this.scrollSilently(top);
    this.onScroll?.();
  }

  scrollBy(pixels: number): void {
    this.scrollTo(this.scrollTop + pixels);
  }

  /** Scrolls without an event, as a browser reports a scroll only at the next frame. */
  scrollSilently(top: number): void {
    this.top = Math.min(Math.max(top, 0), this.scrollHeight - this.height);
  }

  private make(seq: number, height: number) {
    const { rows } = this;
    const at = () => rows.findIndex((each) => each.seq === seq);
    const row: LaidOut = {
      dataset: { seq: String(seq) },
      get offsetTop() {
        return rows.slice(0, at()).reduce((sum, each) => sum + each.height, 0);
      },
      get offsetHeight() {
        return rows[at()]?.height ?? 0;
      },
      get isConnected() {
        return at() >= 0;
      },
    };
    return { seq, height, row };
  }

  private makeViewport(): HTMLElement {
    const position = { get: () => this.scrollTop, set: (top: number) => this.scrollSilently(top) };
    const made = {
      addEventListener: (_: string, listener: () => void) => {
        this.onScroll = listener;
      },
      removeEventListener: () => {
        this.onScroll = null;
      },
    };
    Object.defineProperty(made, "scrollTop", position);
    Object.defineProperty(made, "scrollHeight", { get: () => this.scrollHeight });
    Object.defineProperty(made, "clientHeight", { get: () => this.height });
    return made as unknown as HTMLElement;
  }

  private makeList(): HTMLElement {
    const made = {
      querySelector: (selector: string) => {
        const seq = /^\[data-seq="(.+)"\]$/.exec(selector)?.[1];
        return this.rows.find(({ row }) => row.dataset.seq === seq)?.row ?? null;
      },
    };
    Object.defineProperty(made, "children", { get: () => this.rows.map(({ row }) => row) });
    return made as unknown as HTMLElement;
  }
}
