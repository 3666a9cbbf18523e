import type { Axis } from './axis';
import type { Cleanup } from './dom';
import { Viewport } from './viewport';

export interface NavigatorHost {
  /** The bars' axis as it was drawn last, null while there is nothing. */
  axis(): Axis | null;
  /** The view has other bars in sight. */
  moved(): void;
  /** Another bar is under the crosshair. */
  pointed(bar: number | null): void;
  /** A drag begins: what follows it, or null to move along the bars. */
  drag(bar: number, pixel: number): Drag | null;
  /** A press and release without a move between them. */
  click(bar: number, x: number, y: number): void;
}

export interface Drag {
  move(bar: number): void;
  end(): void;
}

const LEAP = 10;
const ZOOM = 1.5;
/** Pixels that a hand moves without meaning to. */
const SLACK = 3;

/** Words for the keys that every chart understands. */
export const CHART_KEYS =
  'Arrow keys move the crosshair, with Shift by ten bars; plus and minus zoom, 0 shows all; ' +
  'Page Up and Page Down move along; Home and End go to the ends; Escape hides the crosshair.';

/** Bars in sight and the bar under the crosshair, by mouse, touch and keyboard. */
export class Navigator {
  viewport: Viewport | null = null;
  bar: number | null = null;
  private drag: Drag | null = null;
  private from: { x: number; y: number; first: number } | null = null;

  constructor(
    private readonly surface: HTMLElement,
    cleanup: Cleanup,
    private readonly host: NavigatorHost
  ) {
    cleanup.listen(surface, 'pointerdown', event => {
      this.press(event);
    });
    cleanup.listen(surface, 'pointermove', event => {
      this.point(event);
    });
    for (const type of ['pointerup', 'pointercancel'] as const) {
      cleanup.listen(surface, type, event => {
        this.release(event);
      });
    }
    cleanup.listen(surface, 'pointerleave', () => {
      if (this.from === null) {
        this.pointAt(null);
      }
    });
    cleanup.listen(surface, 'wheel', event => {
      this.wheel(event);
    });
    cleanup.listen(surface, 'dblclick', () => {
      this.reset();
    });
  }

  /** Another series: all of it in sight, unless it has as many bars as the one before. */
  open(count: number): void {
    if (this.viewport?.count !== count) {
      this.viewport = count > 0 ? Viewport.whole(count) : null;
      this.bar = null;
    }
  }

  zoom(factor: number, around?: number): void {
    if (this.viewport !== null) {
      const centre =
        around ?? this.bar ?? (this.viewport.first + this.viewport.last) / 2;
      this.move(this.viewport.zoom(factor, centre));
    }
  }

  reset(): void {
    if (this.viewport !== null) {
      this.move(Viewport.whole(this.viewport.count));
    }
  }

  reveal(bar: number): void {
    if (this.viewport !== null) {
      this.move(this.viewport.reveal(bar));
    }
  }

  pointAt(bar: number | null): void {
    if (bar !== this.bar) {
      this.bar = bar;
      this.host.pointed(bar);
    }
  }

  /** Act on a key; tell whether it had a meaning. */
  key(event: KeyboardEvent): boolean {
    const view = this.viewport;
    if (view === null) {
      return false;
    }
    const step = event.shiftKey ? LEAP : 1;
    switch (event.key) {
      case 'ArrowLeft':
        this.step(view, -step);
        return true;
      case 'ArrowRight':
        this.step(view, step);
        return true;
      case 'Home':
        this.go(view, 0);
        return true;
      case 'End':
        this.go(view, view.count - 1);
        return true;
      case 'PageUp':
        this.move(view.pan(-0.8 * view.span));
        return true;
      case 'PageDown':
        this.move(view.pan(0.8 * view.span));
        return true;
      case '+':
      case '=':
        this.zoom(ZOOM);
        return true;
      case '-':
        this.zoom(1 / ZOOM);
        return true;
      case '0':
        this.reset();
        return true;
      case 'Escape':
        this.pointAt(null);
        return true;
      default:
        return false;
    }
  }

  private step(view: Viewport, bars: number): void {
    const middle = Math.round((view.first + view.last) / 2);
    this.go(view, this.bar === null ? middle : this.bar + bars);
  }

  private go(view: Viewport, bar: number): void {
    const inside = Math.min(Math.max(bar, 0), view.count - 1);
    this.pointAt(inside);
    this.reveal(inside);
  }

  private move(viewport: Viewport): void {
    const before = this.viewport;
    if (before?.first !== viewport.first || before.last !== viewport.last) {
      this.viewport = viewport;
      this.host.moved();
    }
  }

  private barAt(event: MouseEvent): number | null {
    const axis = this.host.axis();
    if (axis === null || this.viewport === null) {
      return null;
    }
    const bar = axis.toValue(event.offsetX);
    return Math.min(Math.max(bar, 0), this.viewport.count - 1);
  }

  private press(event: PointerEvent): void {
    const bar = this.barAt(event);
    if (bar === null || this.viewport === null || event.button > 1) {
      return;
    }
    this.surface.setPointerCapture(event.pointerId);
    this.from = {
      x: event.offsetX,
      y: event.offsetY,
      first: this.viewport.first
    };
    // The middle button and Shift move along whatever else a drag does.
    const along = event.button === 1 || event.shiftKey;
    this.drag = along ? null : this.host.drag(bar, event.offsetX);
  }

  private point(event: PointerEvent): void {
    const bar = this.barAt(event);
    if (bar === null) {
      return;
    }
    this.pointAt(Math.round(bar));
    const axis = this.host.axis();
    if (this.from === null || axis === null || this.viewport === null) {
      return;
    }
    if (this.drag !== null) {
      this.drag.move(bar);
    } else if (Math.abs(event.offsetX - this.from.x) > SLACK) {
      const bars =
        ((this.from.x - event.offsetX) / axis.length) * this.viewport.span;
      this.move(
        this.viewport.pan(this.from.first + bars - this.viewport.first)
      );
    }
  }

  private release(event: PointerEvent): void {
    const { from } = this;
    if (from === null) {
      return;
    }
    this.drag?.end();
    this.drag = this.from = null;
    const still =
      Math.abs(event.offsetX - from.x) <= SLACK &&
      Math.abs(event.offsetY - from.y) <= SLACK;
    const bar = this.barAt(event);
    if (still && bar !== null && event.type === 'pointerup') {
      this.host.click(Math.round(bar), event.offsetX, event.offsetY);
    }
  }

  private wheel(event: WheelEvent): void {
    // Without Ctrl the wheel scrolls the notebook, as everywhere else.
    if (this.viewport === null || !(event.ctrlKey || event.metaKey)) {
      return;
    }
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), this.barAt(event) ?? undefined);
  }
}
