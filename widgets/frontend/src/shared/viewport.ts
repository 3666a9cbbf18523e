/** The stretch of bars in sight: an immutable value that zooms and moves. */
export class Viewport {
  /** Fewest bars in sight. */
  static readonly LEAST = 10;

  private constructor(
    readonly count: number,
    readonly first: number,
    readonly last: number
  ) {}

  /** All bars of a series: half a bar of room at each end. */
  static whole(count: number): Viewport {
    return new Viewport(count, -0.5, count - 0.5);
  }

  get span(): number {
    return this.last - this.first;
  }

  get isWhole(): boolean {
    return this.span >= this.count;
  }

  /** Bars [first, end) that are in sight, in part at least, with a neighbour at each side. */
  get bars(): { first: number; end: number } {
    return {
      first: Math.max(Math.floor(this.first) - 1, 0),
      end: Math.min(Math.ceil(this.last) + 2, this.count)
    };
  }

  /** Zoom around a bar, which stays where it is; a factor above 1 shows fewer bars. */
  zoom(factor: number, around: number): Viewport {
    const least = Math.min(Viewport.LEAST, this.count);
    const span = Math.min(Math.max(this.span / factor, least), this.count);
    const share = (around - this.first) / this.span;
    return this.at(around - share * span, span);
  }

  /** Move by a number of bars, as far as there are any. */
  pan(bars: number): Viewport {
    return this.at(this.first + bars, this.span);
  }

  /** Move as little as it takes to have a bar in sight. */
  reveal(bar: number): Viewport {
    if (bar >= this.first && bar <= this.last) {
      return this;
    }
    return this.at(bar - this.span / 2, this.span);
  }

  /**
   * The same stretch of a series that has grown to `count` bars after losing `dropped` at its
   * beginning. All in sight stays all; whoever looks at the end goes on doing so.
   */
  grown(count: number, dropped: number): Viewport {
    const whole = Viewport.whole(count);
    if (this.isWhole) {
      return whole;
    }
    const span = Math.min(this.span, count);
    const atEnd = this.last >= this.count - 0.5 - 1e-9;
    return whole.at(atEnd ? count - 0.5 - span : this.first - dropped, span);
  }

  private at(first: number, span: number): Viewport {
    const low = Math.min(Math.max(first, -0.5), this.count - 0.5 - span);
    return new Viewport(this.count, low, low + span);
  }
}
