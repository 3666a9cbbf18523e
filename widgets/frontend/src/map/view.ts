import type { AnyModel } from '@anywidget/types';

import { neededContext } from '../shared/canvas';
import { Cleanup, element, oncePerFrame } from '../shared/dom';
import { integer, pvalue } from '../shared/format';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import {
  applyTheme,
  isDark,
  onAppearance,
  readPalette,
  type Palette,
  type Theme
} from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { MapData, type MapCell, type WireCells } from './data';
import { drawMap, drawMarks, mapPicture } from './draw';
import { cellAt, layoutMap, moveCell, type MapLayout } from './geometry';
import { stops } from './shade';

export interface MapTraits extends VersionTraits {
  _cells: WireCells | null;
  selected: [string, string] | null;
  adjustment: 'none' | 'bh' | 'by';
  theme: Theme;
  loading: boolean;
  error: string;
}

const WORDS = { none: 'p', bh: 'p (BH)', by: 'p (BY)' } as const;
const HELP =
  'Arrow keys move the crosshair, with Shift by ten; Home, End, Page Up and Page Down go to the ' +
  'edges; Enter selects the pair; Escape hides the crosshair.';
const HINT = 'Point at a cell, or use the arrow keys.';

export class MapView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly title = element('div', 'jp-SpreadlabMap-title');
  private readonly frame = element('div', 'jp-SpreadlabMap-frame');
  private readonly base = element('canvas', 'jp-SpreadlabMap-canvas', {
    'aria-hidden': 'true'
  });
  private readonly overlay = element('canvas', 'jp-SpreadlabMap-overlay', {
    tabindex: '0',
    role: 'application',
    'aria-roledescription': 'map with a crosshair',
    // Arrow keys belong to the crosshair here, not to the notebook's shortcuts.
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly readout = element('div', 'jp-SpreadlabMap-readout', {
    role: 'status'
  });
  private readonly scale = element('div', 'jp-SpreadlabMap-scale', {
    'aria-hidden': 'true'
  });
  private readonly body = element('div', 'jp-SpreadlabMap-body');
  private data: MapData | null = null;
  private layout: MapLayout | null = null;
  private palette: Palette | null = null;
  private picture: HTMLCanvasElement | null = null;
  private cursor: MapCell | null = null;
  private failure = '';
  private readonly redraw = oncePerFrame(() => {
    this.draw();
  });

  constructor(
    private readonly model: AnyModel<MapTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabMap');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Map of p-values');
    this.frame.append(this.base, this.overlay);
    this.body.append(this.title, this.frame, this.scale, this.readout);
    root.append(this.notice.node, this.body);
    this.listen();
    this.readTheme();
    this.readCells();
  }

  dispose(): void {
    this.redraw.cancel();
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    const { model, cleanup } = this;
    observe(model, cleanup, ['_cells'], () => {
      this.readCells();
    });
    observe(model, cleanup, ['selected'], () => {
      this.showMarks();
    });
    observe(model, cleanup, ['adjustment'], () => {
      this.showTitle();
    });
    observe(model, cleanup, ['theme'], () => {
      this.readTheme();
    });
    observe(model, cleanup, ['loading', 'error'], () => {
      this.showState();
    });
    onAppearance(cleanup, () => {
      this.readTheme();
    });
    const sizes = new ResizeObserver(this.redraw.request);
    sizes.observe(this.frame);
    cleanup.add(() => {
      sizes.disconnect();
    });
    cleanup.listen(this.overlay, 'pointermove', event => {
      this.point(event);
    });
    cleanup.listen(this.overlay, 'pointerleave', () => {
      if (document.activeElement !== this.overlay) {
        this.moveTo(null);
      }
    });
    cleanup.listen(this.overlay, 'click', event => {
      this.point(event);
      this.select();
    });
    cleanup.listen(this.overlay, 'keydown', event => {
      this.press(event);
    });
  }

  private readTheme(): void {
    applyTheme(this.root, this.model.get('theme'));
    this.palette = null;
    this.picture = null;
    this.redraw.request();
  }

  private readCells(): void {
    const wire = this.model.get('_cells');
    this.failure = '';
    try {
      this.data = wire === null ? null : new MapData(wire);
    } catch (error) {
      this.data = null;
      this.failure = String(error);
    }
    const size = this.data?.size ?? 0;
    if (this.cursor && Math.max(this.cursor.row, this.cursor.column) >= size) {
      this.cursor = null;
    }
    this.picture = null;
    this.showState();
    this.showTitle();
    this.showReadout();
    this.redraw.request();
  }

  private showState(): void {
    const error =
      this.failure || this.model.get('error') || shakeHands(this.model);
    const loading = this.model.get('loading');
    this.root.classList.toggle('jp-mod-stale', loading && this.data !== null);
    this.root.setAttribute('aria-busy', String(loading));
    const skeleton = this.data === null && loading && !error;
    this.body.hidden = this.data === null && !skeleton;
    this.frame.classList.toggle('jp-mod-skeleton', skeleton);
    if (error) {
      this.notice.show('error', error);
    } else if (this.data === null && !loading) {
      this.notice.show(
        'empty',
        'No map yet: it is drawn from a result of sl.discover_pairs().'
      );
    } else {
      this.notice.hide();
    }
  }

  private showTitle(): void {
    const { data } = this;
    const hidden = data?.hidden ?? 0;
    this.title.textContent =
      data === null
        ? 'testing pairs …'
        : `${WORDS[this.model.get('adjustment')]}: dependent down, hedge across` +
          (hidden > 0
            ? `; the best ${integer(data.size)} of ${integer(data.size + hidden)} symbols`
            : '');
    const selected = data?.cellOf(this.model.get('selected')) ?? null;
    this.overlay.setAttribute(
      'aria-label',
      data === null
        ? 'no map'
        : `${data.size} by ${data.size} symbols. ` +
            `${selected === null ? '' : `Selected: ${this.words(data, selected)}. `}${HELP}`
    );
  }

  private draw(): void {
    const width = this.frame.clientWidth;
    const { data } = this;
    if (data === null || width === 0) {
      return; // hidden: the ResizeObserver asks again when it shows
    }
    this.palette ??= readPalette(this.root);
    const dark = isDark(this.root);
    let longest = 0;
    for (let place = 0; place < data.size; place++) {
      longest = Math.max(longest, data.symbol(place).length);
    }
    this.layout = layoutMap(width, data.size, longest);
    const ratio = window.devicePixelRatio;
    this.picture ??= mapPicture(
      data,
      dark,
      Math.max(Math.floor(this.layout.side * ratio), 1)
    );
    this.scale.replaceChildren(...scaleOf(dark));
    this.scale.style.marginLeft = `${this.layout.margin}px`;
    this.scale.style.width = `${this.layout.side}px`;
    const { margin, side } = this.layout;
    const whole = margin + side;
    drawMap(
      neededContext(this.base, whole, whole),
      data,
      this.picture,
      this.layout,
      this.palette
    );
    neededContext(this.overlay, whole, whole);
    this.showMarks();
    this.base.dataset['stamp'] = data.stamp;
  }

  private showMarks(): void {
    const { data, layout, palette, cursor } = this;
    const context = this.overlay.getContext('2d');
    if (context && data && layout && palette) {
      const selected = data.cellOf(this.model.get('selected'));
      drawMarks(context, data, layout, palette, cursor, selected);
      this.showTitle();
    }
  }

  private showReadout(): void {
    const { data, cursor } = this;
    this.readout.textContent =
      data === null || cursor === null ? HINT : this.words(data, cursor);
  }

  /** "KO on PEP: p .0016, the other way .0020". */
  private words(data: MapData, cell: MapCell): string {
    const pair = data.pair(cell);
    if (pair === null) {
      return `${data.symbol(cell.row)} with itself`;
    }
    const name = WORDS[this.model.get('adjustment')];
    const words = `${pair[0]} on ${pair[1]}: ${name} ${pvalue(data.value(cell))}`;
    const reverse = data.value({ row: cell.column, column: cell.row });
    return data.bothWays ? `${words}, the other way ${pvalue(reverse)}` : words;
  }

  private moveTo(cell: MapCell | null): void {
    if (
      cell?.row !== this.cursor?.row ||
      cell?.column !== this.cursor?.column
    ) {
      this.cursor = cell;
      this.showReadout();
      this.showMarks();
    }
  }

  private point(event: MouseEvent): void {
    if (this.data !== null && this.layout !== null) {
      this.moveTo(
        cellAt(this.layout, this.data.size, event.offsetX, event.offsetY)
      );
    }
  }

  private select(): void {
    const pair =
      this.data === null || this.cursor === null
        ? null
        : this.data.pair(this.cursor);
    if (pair !== null) {
      this.model.set('selected', pair);
      this.model.save_changes();
    }
  }

  private press(event: KeyboardEvent): void {
    if (this.data === null || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const from = this.cursor ?? this.data.cellOf(this.model.get('selected'));
    const cell = moveCell(from, this.data.size, event.key, event.shiftKey);
    if (cell !== undefined) {
      this.moveTo(cell);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.select();
    } else if (event.key === 'Escape') {
      this.moveTo(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The colours with the p-values they stand for. */
function scaleOf(dark: boolean): HTMLElement[] {
  const bar = element('div', 'jp-SpreadlabMap-bar');
  bar.style.background = `linear-gradient(to right, ${stops(dark).join(', ')})`;
  const labels = element('div', 'jp-SpreadlabMap-ticks');
  labels.append(
    ...['1', '.1', '.01', '.001', '≤ .0001'].map(text =>
      element('span', '', {}, text)
    )
  );
  return [bar, labels];
}
