import { oncePerFrame, type Cleanup } from './dom';
import {
  moveRow,
  ROW_HEIGHT,
  scrollToRow,
  visibleRows,
  type RowWindow
} from './rowWindow';

const JUST_NOW = 100; // ms

export interface RowHost {
  /** Rows there are. */
  count(): number;
  /** Id of the row at a place, which screen readers are told of. */
  rowId(place: number): string;
  /** Draw the rows in sight. */
  draw(sight: RowWindow): void;
  /** The reader chose a row. */
  choose(place: number): void;
  /** The reader wants none; without this Escape has no meaning. */
  leave?(): void;
}

/** A grid of many rows of which only those in sight exist: scrolling, and the keyboard's row. */
export class RowScroll {
  /** Place of the keyboard's row. */
  active = 0;
  /** Height that was last seen, to draw for while the view is off the page and has none. */
  private seen: number;
  /** Where the reader, or the keyboard, scrolled to. */
  private top = 0;
  private before = 0;
  private scrolledAt = -Infinity;
  /** Whether the keyboard's row is to be brought in sight once the view is on the page. */
  private owed = false;
  readonly redraw = oncePerFrame(() => {
    this.draw();
  });

  /**
   * @param scroller - the grid, which scrolls and takes the keys
   * @param header - stays on top of it
   * @param offPage - height to draw for before the view has had one
   */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly header: HTMLElement,
    private readonly host: RowHost,
    cleanup: Cleanup,
    offPage = 0
  ) {
    this.seen = offPage;
    scroller.classList.add('jp-Spreadlab-scroller');
    cleanup.listen(scroller, 'scroll', () => {
      if (scroller.clientHeight > 0) {
        this.before = this.top;
        this.top = scroller.scrollTop;
        this.scrolledAt = performance.now();
      }
      this.redraw.request();
    });
    cleanup.listen(scroller, 'animationstart', event => {
      if (event.target === scroller) {
        this.comeBack();
      }
    });
    cleanup.listen(scroller, 'keydown', event => {
      this.press(event);
    });
    cleanup.listen(scroller, 'click', event => {
      const row = (event.target as Element).closest('[data-place]');
      if (row instanceof HTMLElement) {
        host.choose(Number(row.dataset['place']));
      }
    });
    const sizes = new ResizeObserver(this.redraw.request);
    sizes.observe(scroller);
    cleanup.add(() => {
      sizes.disconnect();
      this.redraw.cancel();
    });
  }

  /**
   * A page that takes the view away and puts it back, as a notebook does with outputs out of sight,
   * sets it back to the first row. It may tell of that as if the reader had scrolled there, or say
   * nothing; that the view is back says the stylesheet's animation.
   */
  private comeBack(): void {
    const moved = performance.now() - this.scrolledAt < JUST_NOW;
    const there = moved && this.top === 0 ? this.before : this.top;
    if (this.scroller.scrollTop !== there) {
      this.top = this.scroller.scrollTop = there;
      this.redraw.request();
    }
  }

  /** Make a row the keyboard's and bring it in sight, moving as little as it takes. */
  activate(place: number): void {
    if (place >= 0 && place < this.host.count()) {
      this.active = place;
      this.owed = true;
    }
    this.redraw.request();
  }

  draw(): void {
    // Off the page nothing scrolls.
    if (this.owed && this.scroller.clientHeight > 0) {
      this.owed = false;
      this.top = scrollToRow(
        this.active,
        this.scroller.scrollTop,
        this.viewHeight()
      );
      this.scroller.scrollTop = this.top;
    }
    const sight = visibleRows(
      this.scroller.scrollTop,
      this.viewHeight(),
      this.host.count()
    );
    this.host.draw(sight);
    if (this.active >= sight.first && this.active < sight.end) {
      const id = this.host.rowId(this.active);
      this.scroller.setAttribute('aria-activedescendant', id);
    } else {
      this.scroller.removeAttribute('aria-activedescendant');
    }
  }

  /** Height of the part that rows can be seen in. */
  private viewHeight(): number {
    // A page that takes the view away and puts it back within a frame reports no change of size.
    this.seen = this.scroller.clientHeight || this.seen;
    return Math.max(this.seen - this.header.offsetHeight, 0);
  }

  private press(event: KeyboardEvent): void {
    const onHeader = event.target !== this.scroller;
    if (onHeader || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const page = Math.max(Math.floor(this.viewHeight() / ROW_HEIGHT) - 1, 1);
    const place = moveRow(this.active, this.host.count(), page, event.key);
    if (place !== undefined) {
      this.activate(Math.max(place, 0));
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.host.choose(this.active);
    } else if (event.key === 'Escape' && this.host.leave !== undefined) {
      this.host.leave();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
