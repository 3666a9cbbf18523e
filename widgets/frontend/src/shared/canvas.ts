import { element, type Cleanup } from './dom';

/** Two canvases on each other: a picture, and what moves above it, which takes mouse and keys. */
export class ChartCanvas {
  readonly node = element('div', 'jp-Spreadlab-chart');
  readonly base = element('canvas', '', { 'aria-hidden': 'true' });
  readonly overlay: HTMLCanvasElement;
  private seen: { width: number; height: number } | null = null;
  /** The size at which nothing is on the overlay, or "". */
  private blank = '';

  /** With a kind the chart takes mouse and keys; without, it is a picture. */
  constructor(height: number, kind: string | null) {
    this.overlay = element(
      'canvas',
      'jp-Spreadlab-overlay',
      kind === null
        ? { role: 'img' }
        : {
            tabindex: '0',
            role: 'application',
            'aria-roledescription': kind,
            // Arrow keys belong to the chart here, not to the notebook's shortcuts.
            'data-lm-suppress-shortcuts': 'true'
          }
    );
    // Its own height, unless whoever arranges several views gives it another.
    this.node.style.height = `var(--spreadlab-chart-height, ${height}px)`;
    this.node.append(this.base, this.overlay);
  }

  get width(): number {
    return this.size.width;
  }

  get height(): number {
    return this.size.height;
  }

  onResize(cleanup: Cleanup, callback: () => void): void {
    const sizes = new ResizeObserver(() => {
      this.seen = this.measured();
      callback();
    });
    sizes.observe(this.node);
    cleanup.add(() => {
      sizes.disconnect();
      this.seen = null;
    });
  }

  /**
   * As the observer saw it: to ask the page while something changes has it laid out at once, which
   * takes longer than the drawing.
   */
  private get size(): { width: number; height: number } {
    return this.seen ?? this.measured();
  }

  private measured(): { width: number; height: number } {
    return { width: this.node.clientWidth, height: this.node.clientHeight };
  }

  /**
   * Clear the picture and return where to draw in CSS pixels; null off the page, where nothing has a
   * size or a colour.
   */
  clear(font: string): CanvasRenderingContext2D | null {
    return this.cleared(this.base, font);
  }

  /**
   * The same for what is above the picture, null too where nothing is to be there. What is blank
   * stays as it is: a canvas that is touched is composed anew, however little is on it.
   */
  clearOverlay(font: string, filled: boolean): CanvasRenderingContext2D | null {
    const blank = `${this.width} ${this.height} ${window.devicePixelRatio}`;
    if (!filled && this.blank === blank) {
      return null;
    }
    const context = this.cleared(this.overlay, font);
    this.blank = context === null || filled ? '' : blank;
    return filled ? context : null;
  }

  private cleared(
    canvas: HTMLCanvasElement,
    font: string
  ): CanvasRenderingContext2D | null {
    if (!this.node.isConnected) {
      return null;
    }
    const context = clearedContext(canvas, this.width, this.height);
    if (context !== null) {
      context.font = `12px ${font}`;
    }
    return context;
  }
}

/**
 * Size a canvas in CSS pixels for the screen's density, clear it, and return where to draw in CSS
 * pixels; null where the browser has no canvas.
 */
export function clearedContext(
  canvas: HTMLCanvasElement,
  width: number,
  height: number
): CanvasRenderingContext2D | null {
  const scale = window.devicePixelRatio;
  const columns = Math.round(width * scale);
  const rows = Math.round(height * scale);
  // Setting a size clears and reallocates: only where it changed.
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context?.setTransform(scale, 0, 0, scale, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** The same where there has to be a canvas. */
export function neededContext(
  canvas: HTMLCanvasElement,
  width: number,
  height: number
): CanvasRenderingContext2D {
  const context = clearedContext(canvas, width, height);
  if (context === null) {
    throw new Error('this browser gives no 2d canvas; the pictures need one');
  }
  return context;
}
