import type { AnyModel } from '@anywidget/types';

import type { Axis } from '../shared/axis';
import { ChartCanvas } from '../shared/canvas';
import { button, Choice, Readout } from '../shared/controls';
import { dateText } from '../shared/dates';
import { element, oncePerFrame, throttle } from '../shared/dom';
import { integer, short } from '../shared/format';
import { CHART_KEYS, Navigator, type Drag } from '../shared/navigate';
import { Shell, type ShellTraits, type State } from '../shared/shell';
import {
  decodeLegs,
  decodePositions,
  decodeSpread,
  hedgeRatioAt,
  type Legs,
  type Levels,
  type Positions,
  type Spread,
  type WireLegs,
  type WirePositions,
  type WireSpread
} from './data';
import {
  barAxis,
  drawOverlay,
  drawSpread,
  edgePixels,
  HEIGHT,
  layoutOf,
  type Picture
} from './draw';
import { legend } from './legend';
import {
  gripAt,
  moveEdge,
  windowBetween,
  windowKey,
  type Window
} from './window';

export type Hedge = 'static' | 'rolling' | 'kalman';

export interface SpreadTraits extends ShellTraits {
  _legs: WireLegs | null;
  _spread: WireSpread | null;
  _levels: Levels | null;
  _positions: WirePositions | null;
  window: Window;
  brushing: boolean;
  hedge: Hedge;
  trade: number | null;
}

/** The kernel hears of the window at most this often while it is dragged (ms). */
const REPORT_INTERVAL = 40;
/** Pixels around an edge that take hold of it. */
const REACH = 8;
const ZOOM = 1.5;
const KEYS =
  '[ and ] move the end of the in-sample window, { and } its start, with Alt by one bar. ' +
  `${CHART_KEYS} A drag sets the window or moves along, as chosen; with Shift it moves along.`;

export class SpreadChartView extends Shell<SpreadTraits> {
  private readonly chart = new ChartCanvas(HEIGHT, 'chart of a spread');
  private readonly keys = element(
    'p',
    'jp-Spreadlab-keys',
    { id: '', hidden: '' },
    KEYS
  );
  private readonly legendNode = element('div', 'jp-Spreadlab-legend');
  private readonly numbers = new Readout([
    ['date', 'date'],
    ['dependent', 'dependent'],
    ['hedge', 'hedge'],
    ['spread', 'spread'],
    ['ratio', 'hedge ratio'],
    ['position', 'position'],
    ['window', 'in sample']
  ]);
  private readonly hedges: Choice<Hedge>;
  private readonly drags: Choice<'window' | 'along'>;
  private readonly navigator: Navigator;
  private dragging: 'window' | 'along' = 'window';
  private legs: Legs | null = null;
  private spread: Spread | null = null;
  private positions: Positions | null = null;
  /** The window as the hand has it, ahead of what the kernel knows. */
  private window: Window = [0, 0];
  private holding = false;
  private failure = '';

  private readonly redrawOverlay = oncePerFrame(() => {
    this.drawOverlay();
  });
  private readonly report = throttle(() => {
    this.model.set('window', this.window);
    this.model.set('brushing', this.holding);
    this.model.save_changes();
  }, REPORT_INTERVAL);

  constructor(model: AnyModel<SpreadTraits>, root: HTMLElement) {
    super(model, root, 'jp-SpreadlabSpread', 'Spread of a pair');
    this.hedges = new Choice<Hedge>(
      'hedge ratio',
      [
        ['static', 'static', 'one hedge ratio, of the in-sample test'],
        ['rolling', 'rolling', 'least squares over the last bars'],
        ['kalman', 'Kalman', 'a random walk, filtered from the past alone']
      ],
      value => {
        model.set('hedge', value);
        model.save_changes();
      }
    );
    this.drags = new Choice<'window' | 'along'>(
      'drag',
      [
        ['window', 'window', 'a drag sets the in-sample window'],
        ['along', 'along', 'a drag moves along the bars']
      ],
      value => {
        this.dragging = value;
      }
    );
    this.drags.show(this.dragging);
    this.navigator = new Navigator(this.chart.overlay, this.cleanup, {
      axis: () => this.axis(),
      moved: this.redraw.request,
      pointed: () => {
        this.showBar();
      },
      drag: (bar, pixel) =>
        this.dragging === 'window' ? this.brush(bar, pixel) : null,
      click: () => undefined
    });
    this.words.append(this.legendNode);
    root.append(
      this.tools(),
      this.status,
      this.chart.node,
      this.numbers.node,
      this.keys
    );
    this.listen();
    this.readLegs();
  }

  override dispose(): void {
    this.redrawOverlay.cancel();
    this.report.cancel();
    super.dispose();
  }

  protected override state(): State {
    return {
      full: this.legs !== null,
      failure: this.failure,
      loading: 'Testing the pair …',
      empty: 'No pair yet. Set .pair to a result of sl.test_pair().'
    };
  }

  private tools(): HTMLElement {
    const node = element('div', 'jp-Spreadlab-tools');
    const buttons = element('div', 'jp-Spreadlab-buttons');
    buttons.append(
      button('−', 'Zoom out', () => {
        this.navigator.zoom(1 / ZOOM);
      }),
      button('+', 'Zoom in', () => {
        this.navigator.zoom(ZOOM);
      }),
      button('all', 'Show all bars', () => {
        this.navigator.reset();
      }),
      button('?', 'Show the keys', () => {
        this.toggleKeys();
      })
    );
    node.append(this.hedges.node, this.drags.node, buttons);
    return node;
  }

  private listen(): void {
    let legs = this.model.get('_legs');
    this.onAny(['_legs', '_spread', '_levels', '_positions'], () => {
      if (legs === this.model.get('_legs')) {
        this.readSpread();
      } else {
        legs = this.model.get('_legs');
        this.readLegs();
      }
    });
    this.on('window', () => {
      if (!this.holding) {
        this.window = this.model.get('window');
        this.showWindow();
      }
    });
    this.on('trade', () => {
      const trade = this.model.get('trade');
      if (trade !== null && this.positions !== null) {
        this.navigator.reveal(this.positions.entry[trade] ?? 0);
      }
      this.redrawOverlay.request();
    });
    this.on('hedge', () => {
      this.hedges.show(this.model.get('hedge'));
      this.showLegend();
    });
    this.chart.onResize(this.cleanup, this.redraw.request);
    this.cleanup.listen(this.chart.overlay, 'keydown', event => {
      this.press(event);
    });
    this.cleanup.listen(this.chart.overlay, 'pointermove', event => {
      this.showCursor(event.offsetX);
    });
  }

  private readLegs(): void {
    this.failure = '';
    try {
      const wire = this.model.get('_legs');
      this.legs = wire === null ? null : decodeLegs(wire);
    } catch (error) {
      this.legs = null;
      this.failure = String(error);
    }
    this.window = this.model.get('window');
    this.navigator.open(this.legs?.count ?? 0);
    const [dependent, hedge] = this.legs?.symbols ?? ['dependent', 'hedge'];
    this.numbers.label('dependent', dependent);
    this.numbers.label('hedge', hedge);
    this.hedges.show(this.model.get('hedge'));
    this.readSpread();
  }

  private readSpread(): void {
    this.spread = this.positions = null;
    if (this.legs !== null) {
      try {
        const spread = this.model.get('_spread');
        const positions = this.model.get('_positions');
        this.spread = spread === null ? null : decodeSpread(spread);
        this.positions = positions === null ? null : decodePositions(positions);
      } catch (error) {
        this.failure = String(error);
      }
    }
    this.showState();
    this.showLegend();
    this.showBar();
    this.showWindow();
    this.redraw.request();
  }

  private showLegend(): void {
    this.legendNode.replaceChildren(
      ...legend(
        this.legs,
        this.model.get('_levels'),
        this.positions !== null,
        this.model.get('hedge')
      )
    );
  }

  private picture(): Picture | null {
    const { legs, spread, positions } = this;
    const { viewport } = this.navigator;
    const { width, height } = this.chart;
    if (legs === null || viewport === null || width === 0) {
      return null; // hidden: the ResizeObserver asks again when it shows
    }
    return {
      legs,
      spread,
      positions,
      viewport,
      lines: this.model.get('_levels')?.lines ?? [],
      layout: layoutOf(width, height),
      colours: this.colours
    };
  }

  private axis(): Axis | null {
    const { viewport } = this.navigator;
    return viewport === null
      ? null
      : barAxis(layoutOf(this.chart.width, this.chart.height), viewport);
  }

  protected override draw(): void {
    const context = this.chart.clear(this.colours.font);
    const picture = this.picture();
    if (context !== null && picture !== null) {
      drawSpread(context, picture);
    }
    this.drawOverlay();
  }

  private drawOverlay(): void {
    const picture = this.picture();
    const filled = picture !== null; // with the window at least
    const context = this.chart.clearOverlay(this.colours.font, filled);
    if (context !== null && picture !== null) {
      const trade = this.model.get('trade');
      drawOverlay(context, picture, this.window, trade, this.navigator.bar);
    }
  }

  private brush(bar: number, pixel: number): Drag | null {
    const { legs } = this;
    const axis = this.axis();
    if (legs === null || axis === null) {
      return null;
    }
    const before = this.window;
    const [from, to] = edgePixels(axis, before);
    const grip = gripAt(pixel, from, to, REACH);
    const start = Math.round(bar);
    let moved = false;
    return {
      move: here => {
        const at = Math.round(here);
        moved ||= at !== start;
        if (moved) {
          this.holding = true;
          this.setWindow(
            grip === 'new'
              ? windowBetween(start, at, legs.count, legs.shortest)
              : moveEdge(
                  before,
                  grip,
                  grip === 'end' ? at + 1 : at,
                  legs.count,
                  legs.shortest
                )
          );
        }
      },
      end: () => {
        if (this.holding) {
          this.holding = false;
          this.report.request();
        }
      }
    };
  }

  private setWindow(window: Window): void {
    if (window[0] !== this.window[0] || window[1] !== this.window[1]) {
      this.window = window;
      this.showWindow();
      this.report.request();
    }
  }

  private showWindow(): void {
    this.showBar();
    const label =
      this.legs === null
        ? 'no pair'
        : `Spread of ${this.legs.symbols.join(' and ')}, ${integer(this.legs.count)} bars, ` +
          `in sample ${this.windowText()}. ${KEYS}`;
    this.chart.overlay.setAttribute('aria-label', label);
    this.redrawOverlay.request();
  }

  private showBar(): void {
    const { legs, spread, positions } = this;
    const { bar } = this.navigator;
    const texts: Record<string, string> = {};
    if (legs !== null) {
      texts['window'] = this.windowText();
    }
    if (legs !== null && bar !== null) {
      texts['date'] = this.barText(bar);
      texts['dependent'] = short(legs.prices[0][bar]!, 4);
      texts['hedge'] = short(legs.prices[1][bar]!, 4);
      if (spread !== null) {
        texts['spread'] = short(spread.values[bar]!);
        texts['ratio'] = short(hedgeRatioAt(spread, bar), 4);
      }
      if (positions !== null) {
        const words = ['short', 'flat', 'long'];
        texts['position'] = words[positions.positions[bar]! + 1] ?? '–';
      }
    }
    this.numbers.show(texts);
    this.redrawOverlay.request();
  }

  private windowText(): string {
    const [first, end] = this.window;
    return end > first
      ? `${this.barText(first)} to ${this.barText(end - 1)} (${integer(end - first)} bars)`
      : '–';
  }

  private barText(bar: number): string {
    const times = this.legs?.times ?? null;
    return times === null ? `bar ${integer(bar)}` : dateText(times[bar]!);
  }

  private showCursor(pixel: number): void {
    const axis = this.axis();
    if (axis !== null && this.dragging === 'window') {
      const grip = gripAt(pixel, ...edgePixels(axis, this.window), REACH);
      this.chart.overlay.style.cursor =
        grip === 'new' ? 'crosshair' : 'ew-resize';
    } else {
      this.chart.overlay.style.cursor = 'grab';
    }
  }

  private toggleKeys(): void {
    this.keys.hidden = !this.keys.hidden;
  }

  private press(event: KeyboardEvent): void {
    if (this.legs === null || event.ctrlKey || event.metaKey) {
      return;
    }
    const { count, shortest } = this.legs;
    const span = this.navigator.viewport?.span ?? count;
    const step = event.altKey ? 1 : Math.max(Math.round(span / 50), 1);
    const window = windowKey(this.window, event.key, step, count, shortest);
    if (window !== undefined) {
      this.setWindow(window);
    } else if (event.key === '?') {
      this.toggleKeys();
    } else if (event.altKey || !this.navigator.key(event)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
