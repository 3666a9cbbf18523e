import type { AnyModel } from '@anywidget/types';

import { Cleanup, element, oncePerFrame, throttle } from '../shared/dom';
import { Notice } from '../shared/notice';
import {
  applyTheme,
  onAppearance,
  readPalette,
  type Palette,
  type Theme
} from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import {
  decodePolicy,
  flatIndex,
  POSITIONS,
  positionOf,
  type PolicyData,
  type WirePolicy
} from './data';
import { drawCrosshair, drawPolicy } from './draw';
import { cellAt, layoutPanels, type Cell, type Layout } from './geometry';
import { moveCell } from './keys';
import { legend, ReadoutView } from './legend';
import { readout, summary } from './words';

/** Position held, row of the time grid, column of the spread grid. */
type Cursor = [number, number, number];

export interface HeatmapTraits extends VersionTraits {
  _policy: WirePolicy | null;
  _thresholds: number[];
  cursor: Cursor | null;
  theme: Theme;
  loading: boolean;
  error: string;
}

/** The kernel hears of the crosshair at most this often (ms). */
const REPORT_INTERVAL = 100;
const HELP =
  'Arrow keys move the crosshair, with Shift by ten; Page Up and Page Down change the ' +
  'position held; Home and End go to the ends; Escape hides it.';

export class HeatmapView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly numbers = new ReadoutView();
  private readonly frame = element('div', 'jp-SpreadlabHeatmap-frame');
  private readonly base = element('canvas', 'jp-SpreadlabHeatmap-canvas', {
    'aria-hidden': 'true'
  });
  private readonly overlay = element('canvas', 'jp-SpreadlabHeatmap-overlay', {
    tabindex: '0',
    role: 'application',
    'aria-roledescription': 'heatmap with a crosshair',
    // Arrow keys belong to the crosshair here, not to the notebook's shortcuts.
    'data-lm-suppress-shortcuts': 'true',
    title: HELP
  });
  private readonly body = element('div', 'jp-SpreadlabHeatmap-body');
  private data: PolicyData | null = null;
  private layout: Layout | null = null;
  private palette: Palette | null = null;
  private cell: Cell | null = null;
  private failure = '';

  private readonly redraw = oncePerFrame(() => {
    this.draw();
  });
  private readonly report = throttle(() => {
    this.model.set('cursor', this.cursor());
    this.model.save_changes();
  }, REPORT_INTERVAL);

  constructor(
    private readonly model: AnyModel<HeatmapTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabHeatmap');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Policy heatmap');
    this.frame.append(this.base, this.overlay);
    this.body.append(legend(), this.frame, this.numbers.node);
    root.append(this.notice.node, this.body);
    this.listen();
    this.readTheme();
    this.readPolicy();
  }

  dispose(): void {
    this.redraw.cancel();
    this.report.cancel();
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    this.on('change:_policy', () => {
      this.readPolicy();
    });
    this.on('change:_thresholds', this.redraw.request);
    this.on('change:cursor', () => {
      this.cell = this.cellOf(this.model.get('cursor'));
      this.showCell();
    });
    this.on('change:theme', () => {
      this.readTheme();
    });
    this.on('change:loading', () => {
      this.showState();
    });
    this.on('change:error', () => {
      this.showState();
    });
    onAppearance(this.cleanup, () => {
      this.palette = null;
      this.redraw.request();
    });
    const sizes = new ResizeObserver(this.redraw.request);
    sizes.observe(this.frame);
    this.cleanup.add(() => {
      sizes.disconnect();
    });
    this.cleanup.listen(this.overlay, 'pointermove', event => {
      this.point(event);
    });
    this.cleanup.listen(this.overlay, 'pointerdown', event => {
      this.point(event);
    });
    this.cleanup.listen(this.overlay, 'keydown', event => {
      this.press(event);
    });
  }

  private on<K extends keyof HeatmapTraits & string>(
    event: `change:${K}`,
    handler: () => void
  ): void {
    this.model.on(event, handler);
    this.cleanup.add(() => {
      this.model.off(event, handler);
    });
  }

  private readTheme(): void {
    applyTheme(this.root, this.model.get('theme'));
    this.palette = null;
    this.redraw.request();
  }

  private readPolicy(): void {
    const wire = this.model.get('_policy');
    this.failure = '';
    try {
      this.data = wire === null ? null : decodePolicy(wire);
    } catch (error) {
      this.data = null;
      this.failure = String(error);
    }
    this.cell = this.cellOf(this.model.get('cursor'));
    this.showState();
    this.overlay.setAttribute(
      'aria-label',
      this.data === null ? 'no policy' : `${summary(this.data)} ${HELP}`
    );
    this.showCell();
    this.redraw.request();
  }

  /** One of: error, loading (with or without a stale picture), empty, ready. */
  private showState(): void {
    const error =
      this.failure || this.model.get('error') || shakeHands(this.model);
    const loading = this.model.get('loading');
    this.root.classList.toggle('jp-mod-stale', loading && this.data !== null);
    this.root.setAttribute('aria-busy', String(loading));
    this.body.hidden = this.data === null;
    if (error) {
      this.notice.show('error', error);
    } else if (loading) {
      this.notice.show('loading', 'Solving for the policy …');
    } else if (this.data === null) {
      this.notice.show(
        'empty',
        'No policy yet. Set .policy to a result of sl.solve_hjb().'
      );
    } else {
      this.notice.hide();
    }
  }

  private draw(): void {
    const width = this.frame.clientWidth;
    if (this.data === null || width === 0) {
      return; // hidden: the ResizeObserver asks again when it shows
    }
    this.layout = layoutPanels(
      width,
      POSITIONS.length,
      this.data.timeToGo.length
    );
    this.palette ??= readPalette(this.root);
    const context = prepare(this.base, this.layout);
    drawPolicy(
      context,
      this.data,
      this.layout,
      this.palette,
      this.model.get('_thresholds')
    );
    prepare(this.overlay, this.layout);
    this.drawOverlay();
  }

  private drawOverlay(): void {
    const context = this.overlay.getContext('2d');
    if (context && this.data && this.layout && this.palette) {
      drawCrosshair(context, this.data, this.layout, this.palette, this.cell);
    }
  }

  private showCell(): void {
    const { data, cell } = this;
    this.numbers.show(
      data === null || cell === null ? null : readout(data, cell)
    );
    this.numbers.node.dataset['action'] =
      data === null || cell === null
        ? ''
        : String(data.action[flatIndex(data, cell)]);
    this.drawOverlay();
  }

  private moveTo(cell: Cell | null): void {
    if (JSON.stringify(cell) !== JSON.stringify(this.cell)) {
      this.cell = cell;
      this.showCell();
      this.report.request();
    }
  }

  private point(event: PointerEvent): void {
    if (this.data === null || this.layout === null) {
      return;
    }
    const cell = cellAt(
      this.layout,
      this.data.columnEdges,
      this.data.rowEdges,
      event.offsetX,
      event.offsetY
    );
    if (cell !== null) {
      this.moveTo(cell);
    }
  }

  private press(event: KeyboardEvent): void {
    if (this.data === null || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const cell = moveCell(this.data, this.cell, event.key, event.shiftKey);
    if (cell !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      this.moveTo(cell);
    }
  }

  private cursor(): Cursor | null {
    return this.cell === null
      ? null
      : [positionOf(this.cell), this.cell.row, this.cell.column];
  }

  private cellOf(cursor: Cursor | null): Cell | null {
    if (cursor === null || this.data === null) {
      return null;
    }
    const [position, row, column] = cursor;
    const panel = POSITIONS.findIndex(p => p === position);
    const inside =
      panel !== -1 &&
      row >= 0 &&
      row < this.data.timeToGo.length &&
      column >= 0 &&
      column < this.data.x.length;
    return inside ? { panel, row, column } : null;
  }
}

/** Size a canvas for the screen's pixel density; drawing then happens in CSS pixels. */
function prepare(
  canvas: HTMLCanvasElement,
  layout: Layout
): CanvasRenderingContext2D {
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(layout.width * scale);
  canvas.height = Math.round(layout.height * scale);
  canvas.style.width = `${layout.width}px`;
  canvas.style.height = `${layout.height}px`;
  const context = canvas.getContext('2d');
  if (context === null) {
    throw new Error('this browser gives no 2d canvas; the heatmap needs one');
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}
