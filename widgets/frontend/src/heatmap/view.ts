import type { AnyModel } from '@anywidget/types';

import { neededContext } from '../shared/canvas';
import type { WireArray } from '../shared/codec';
import { Cleanup, element, oncePerFrame, throttle } from '../shared/dom';
import { onAnyTrait, onTrait } from '../shared/listen';
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
import {
  NAMES,
  Sliders,
  type Parameter,
  type Ranges,
  type Values
} from './sliders';
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

/** What the picture shows, and what the controls do beside the sliders. */
const SHOWN = [
  '_policy',
  '_value',
  '_surface',
  '_uncertainty',
  '_thresholds',
  'mode',
  'level'
] as const;
const CONTROLLED = [
  'mode',
  'level',
  'controls',
  '_ranges',
  '_uncertain'
] as const;
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
  /**
   * Width, and the height that whoever arranges several views gives, null for the picture's own; as
   * the observer saw them, since asking the page while it changes has it laid out at once.
   */
  private size: { width: number; room: number | null } | null = null;
  /** The size at which nothing is on the overlay, or "". */
  private clear = '';
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
    this.makePicture();
    this.redraw.request();
    this.showControls();
    this.showAnswered();
  }

  dispose(): void {
    this.redraw.cancel();
    this.report.cancel();
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    const { model, cleanup } = this;
    // In this order: what is drawn follows from what was read.
    onTrait(model, cleanup, '_policy', () => {
      this.readPolicy();
    });
    onTrait(model, cleanup, '_value', () => {
      this.readValue();
    });
    onTrait(model, cleanup, 'level', () => {
      if (!(this.picture instanceof PolicyPicture)) {
        this.cell = null;
      }
    });
    onTrait(model, cleanup, 'theme', () => {
      this.readTheme();
    });
    onAnyTrait(model, cleanup, SHOWN, () => {
      this.makePicture();
      // Drawn now, a policy is on the page with the frame that comes; in that frame, after it.
      this.redraw.soon();
    });
    onAnyTrait(model, cleanup, ['cursor'], () => {
      if (this.picture instanceof PolicyPicture) {
        this.cell = this.cellOf(model.get('cursor'));
        this.showCell();
      }
    });
    onAnyTrait(model, cleanup, [...NAMES, ...CONTROLLED], () => {
      this.showControls();
    });
    onAnyTrait(model, cleanup, ['loading', 'error'], () => {
      this.showState();
    });
    // After the picture: what is drawn answers this many moves of the sliders.
    onAnyTrait(model, cleanup, ['_answered'], () => {
      this.toldAt = null;
      this.showAnswered();
      this.tell();
    });
    onAppearance(this.cleanup, () => {
      this.palette = null;
      this.redraw.request();
    });
    const sizes = new ResizeObserver(() => {
      this.size = this.measured();
      this.redraw.request();
    });
    sizes.observe(this.frame);
    this.cleanup.add(() => {
      sizes.disconnect();
      this.size = null;
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
      // What the kernel knows of the crosshair is older than what the reader sees.
      this.cell = this.cellOf(
        had instanceof PolicyPicture ? this.cursor() : this.model.get('cursor')
      );
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
    for (const name of NAMES) {
      const waiting = this.moved.get(name);
      values[name] = waiting === undefined ? this.model.get(name) : waiting;
    }
    this.sliders.show(this.model.get('_ranges'), values);
  }

  private showAnswered(): void {
    this.root.dataset['answered'] = String(this.model.get('_answered'));
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
    const { width, room } = this.size ?? this.measured();
    if (this.picture === null || width === 0) {
      return; // hidden: the ResizeObserver asks again when it shows
    }
    this.layout = this.picture.layout(width, room);
    this.palette ??= readPalette(this.root);
    const { width: across, height: down } = this.layout;
    const context = neededContext(this.base, across, down);
    this.picture.draw(context, this.layout, this.palette);
    this.drawOverlay();
  }

  private measured(): { width: number; room: number | null } {
    const given = getComputedStyle(this.frame).getPropertyValue(
      '--spreadlab-room'
    );
    return {
      width: this.frame.clientWidth,
      room: given.trim() === 'given' ? this.frame.clientHeight : null
    };
  }

  /** What is clear stays: to touch it has the browser compose the whole picture with it. */
  private drawOverlay(): void {
    const { picture, layout, palette, cell } = this;
    if (picture === null || layout === null || palette === null) {
      return;
    }
    const { width, height } = layout;
    const clear = `${width} ${height} ${window.devicePixelRatio}`;
    if (cell === null && this.clear === clear) {
      return;
    }
    const context = neededContext(this.overlay, width, height);
    this.clear = cell === null ? clear : '';
    if (cell !== null) {
      picture.drawCrosshair(context, layout, palette, cell);
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
