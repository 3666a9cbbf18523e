import type { AnyModel } from '@anywidget/types';

import { neededContext } from '../shared/canvas';
import type { WireArray } from '../shared/codec';
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
import { ModeChoice, type Mode } from './controls';
import {
  decodePolicy,
  flatIndex,
  POSITIONS,
  positionOf,
  type PolicyData,
  type WirePolicy
} from './data';
import type { Cell, Layout } from './geometry';
import { legend, ReadoutView } from './legend';
import type { Picture } from './picture';
import { PolicyPicture } from './policyPicture';
import { Sliders, type Parameter, type Ranges, type Values } from './sliders';
import { SurfacePicture, type Level, type WireSurface } from './surface';
import { UncertaintyPicture, type WireUncertainty } from './uncertainty';

/** Position held, row of the time grid, column of the spread grid. */
type Cursor = [number, number, number];

export interface HeatmapTraits extends VersionTraits {
  _policy: WirePolicy | null;
  /** Values that come after their policy, so that a drag does not wait for them. */
  _value: WireArray | null;
  _thresholds: number[];
  _surface: WireSurface | null;
  _uncertainty: WireUncertainty | null;
  _ranges: Ranges | null;
  _uncertain: boolean;
  /** Grows with every answer to a moved slider. */
  _answered: number;
  mode: Mode;
  level: Level;
  controls: boolean;
  cost: number | null;
  discount: number | null;
  risk_penalty: number | null;
  horizon: number | null;
  cursor: Cursor | null;
  theme: Theme;
  loading: boolean;
  error: string;
}

/** The kernel hears of the crosshair at most this often (ms). */
const REPORT_INTERVAL = 100;
/** A slider that got no answer in this time (ms) speaks again. */
const PATIENCE = 2000;
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
  private readonly legend = element('div', 'jp-SpreadlabHeatmap-legend');
  private readonly tools = element('div', 'jp-SpreadlabHeatmap-tools');
  private readonly modes: ModeChoice;
  private readonly sliders: Sliders;
  private data: PolicyData | null = null;
  private picture: Picture | null = null;
  /** Sliders moved since the kernel was last told. */
  private readonly moved = new Map<Parameter, number | null>();
  /** When the kernel was told of a slider that it has not answered. */
  private toldAt: number | null = null;
  private layout: Layout | null = null;
  private palette: Palette | null = null;
  private cell: Cell | null = null;
  private failure = '';
  private shownLegend = '';

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
    this.modes = new ModeChoice(
      this.cleanup,
      mode => {
        this.choose('mode', mode);
      },
      level => {
        this.choose('level', level);
      }
    );
    this.sliders = new Sliders(this.cleanup, (name, value) => {
      this.moved.set(name, value);
      this.tell();
    });
    this.tools.append(this.modes.node, this.sliders.node);
    this.body.append(this.tools, this.legend, this.frame, this.numbers.node);
    root.append(this.notice.node, this.body);
    this.listen();
    this.readTheme();
    this.readPolicy();
    this.showControls();
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
    this.on('change:_value', () => {
      this.readValue();
    });
    for (const name of ['_surface', '_uncertainty', '_thresholds'] as const) {
      this.on(`change:${name}`, () => {
        this.makePicture();
      });
    }
    for (const name of ['mode', 'level'] as const) {
      this.on(`change:${name}`, () => {
        this.cell = null;
        this.makePicture();
        this.showControls();
      });
    }
    for (const name of [
      'cost',
      'discount',
      'risk_penalty',
      'horizon',
      'controls',
      '_ranges',
      '_uncertain'
    ] as const) {
      this.on(`change:${name}`, () => {
        this.showControls();
      });
    }
    this.on('change:_answered', () => {
      this.toldAt = null;
      this.tell();
    });
    this.on('change:cursor', () => {
      if (this.picture instanceof PolicyPicture) {
        this.cell = this.cellOf(this.model.get('cursor'));
        this.showCell();
      }
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
    this.readValue();
  }

  /** Values that came after their policy complete it; those of another are left alone. */
  private readValue(): void {
    const wire = this.model.get('_policy');
    const value = this.model.get('_value');
    if (
      wire !== null &&
      value !== null &&
      this.data?.value === null &&
      value.shape.join() === wire.action.shape.join()
    ) {
      this.data = decodePolicy({ ...wire, value });
    }
    this.makePicture();
  }

  private makePicture(): void {
    const had = this.picture;
    this.picture = null;
    const mode = this.model.get('mode');
    try {
      const surface = this.model.get('_surface');
      const uncertainty = this.model.get('_uncertainty');
      if (this.data === null) {
        this.picture = null;
      } else if (mode === 'map') {
        this.picture =
          surface && new SurfacePicture(surface, this.model.get('level'));
      } else if (mode === 'uncertainty') {
        this.picture = uncertainty && new UncertaintyPicture(uncertainty);
      } else {
        this.picture = new PolicyPicture(
          this.data,
          this.model.get('_thresholds'),
          mode
        );
      }
    } catch (error) {
      this.failure = String(error);
    }
    if (this.picture instanceof PolicyPicture) {
      this.cell = this.cellOf(this.cursor() ?? this.model.get('cursor'));
    } else if (this.picture?.constructor !== had?.constructor) {
      this.cell = null;
    }
    this.showWords();
    this.overlay.setAttribute(
      'aria-label',
      this.picture === null ? 'no policy' : `${this.picture.summary()} ${HELP}`
    );
    this.showState();
    this.showCell();
    this.redraw.request();
  }

  /** The legend is the same from one policy to the next: then it stays. */
  private showWords(): void {
    const items = this.picture?.legend ?? [];
    const words = JSON.stringify(items);
    if (words !== this.shownLegend) {
      this.shownLegend = words;
      this.legend.replaceChildren(...legend(items));
    }
    this.numbers.arrange(this.picture?.fields ?? []);
  }

  private showControls(): void {
    this.tools.hidden = !this.model.get('controls');
    this.modes.show(
      this.model.get('mode'),
      this.model.get('level'),
      this.model.get('_uncertain')
    );
    const values = {} as Values;
    for (const name of [
      'cost',
      'discount',
      'risk_penalty',
      'horizon'
    ] as const) {
      const waiting = this.moved.get(name);
      values[name] = waiting === undefined ? this.model.get(name) : waiting;
    }
    this.sliders.show(this.model.get('_ranges'), values);
  }

  private choose<K extends 'mode' | 'level'>(
    name: K,
    value: HeatmapTraits[K]
  ): void {
    this.model.set(name, value);
    this.model.save_changes();
  }

  /** Send what the sliders say, once the kernel has answered what they said before. */
  private tell(): void {
    const now = performance.now();
    const patient = this.toldAt !== null && now - this.toldAt < PATIENCE;
    if (this.moved.size === 0 || patient) {
      return;
    }
    this.toldAt = now;
    for (const [name, value] of [...this.moved]) {
      this.moved.delete(name);
      this.model.set(name, value);
    }
    this.model.save_changes();
  }

  /** One of: error, loading (with or without a stale picture), empty, ready. */
  private showState(): void {
    const error =
      this.failure || this.model.get('error') || shakeHands(this.model);
    const loading = this.model.get('loading');
    this.root.classList.toggle('jp-mod-stale', loading && this.data !== null);
    this.root.setAttribute('aria-busy', String(loading));
    this.body.hidden = this.data === null;
    this.frame.hidden = this.picture === null;
    if (error) {
      this.notice.show('error', error);
    } else if (loading) {
      this.notice.show('loading', 'Solving for the policy …');
    } else if (this.data === null) {
      this.notice.show(
        'empty',
        'No policy yet. Set .policy to a result of sl.solve_hjb().'
      );
    } else if (this.picture === null) {
      this.notice.show('loading', 'Computing …');
    } else {
      this.notice.hide();
    }
  }

  private draw(): void {
    const width = this.frame.clientWidth;
    if (this.picture === null || width === 0) {
      return; // hidden: the ResizeObserver asks again when it shows
    }
    this.layout = this.picture.layout(width, this.room());
    this.palette ??= readPalette(this.root);
    const { width: across, height: down } = this.layout;
    const context = neededContext(this.base, across, down);
    this.picture.draw(context, this.layout, this.palette);
    neededContext(this.overlay, across, down);
    this.drawOverlay();
    // What is on the screen answers this many moves of the sliders.
    this.root.dataset['answered'] = String(this.model.get('_answered'));
  }

  /** The height that whoever arranges several views has for the picture, null for its own. */
  private room(): number | null {
    const given = getComputedStyle(this.frame).getPropertyValue(
      '--spreadlab-room'
    );
    return given.trim() === 'given' ? this.frame.clientHeight : null;
  }

  private drawOverlay(): void {
    const context = this.overlay.getContext('2d');
    if (context && this.picture && this.layout && this.palette) {
      this.picture.drawCrosshair(context, this.layout, this.palette, this.cell);
    }
  }

  private showCell(): void {
    const { picture, cell } = this;
    this.numbers.show(
      picture === null || cell === null ? null : picture.readout(cell)
    );
    this.numbers.node.dataset['action'] =
      this.data !== null && cell !== null && picture instanceof PolicyPicture
        ? String(this.data.action[flatIndex(this.data, cell)])
        : '';
    this.drawOverlay();
  }

  private moveTo(cell: Cell | null): void {
    if (JSON.stringify(cell) !== JSON.stringify(this.cell)) {
      this.cell = cell;
      this.showCell();
      if (this.picture instanceof PolicyPicture) {
        this.report.request();
      }
    }
  }

  private point(event: PointerEvent): void {
    if (this.picture === null || this.layout === null) {
      return;
    }
    const cell = this.picture.cellAt(this.layout, event.offsetX, event.offsetY);
    if (cell !== null) {
      this.moveTo(cell);
    }
  }

  private press(event: KeyboardEvent): void {
    if (
      this.picture === null ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    ) {
      return;
    }
    const cell = this.picture.move(this.cell, event.key, event.shiftKey);
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
