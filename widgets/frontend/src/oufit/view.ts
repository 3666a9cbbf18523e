import type { AnyModel } from '@anywidget/types';

import { Axis } from '../shared/axis';
import { ChartCanvas } from '../shared/canvas';
import { Readout } from '../shared/controls';
import { dateText } from '../shared/dates';
import { element, oncePerFrame } from '../shared/dom';
import { integer, short } from '../shared/format';
import { CHART_KEYS, Navigator } from '../shared/navigate';
import { Shell, type ShellTraits, type State } from '../shared/shell';
import { decodeFit, type Fit, type WireFit } from './data';
import {
  describe,
  drawAcf,
  drawDensity,
  drawFitted,
  drawFittedCross,
  drawQuantiles,
  spreadRect
} from './draw';
import { Forest } from './forest';
import { TestsTable } from './tests';

export interface FitTraits extends ShellTraits {
  _fit: WireFit | null;
  level: number;
}

const TALL = 206;
const SMALL = 196;

export class FitView extends Shell<FitTraits> {
  private readonly forest = new Forest();
  private readonly tests = new TestsTable();
  private readonly chart = new ChartCanvas(TALL, 'chart of a fitted spread');
  private readonly small = {
    density: new ChartCanvas(SMALL, null),
    acf: new ChartCanvas(SMALL, null),
    qq: new ChartCanvas(SMALL, null)
  };
  private readonly numbers = new Readout([
    ['date', 'date'],
    ['spread', 'spread'],
    ['distance', 'from θ, stationary s.d.']
  ]);
  private readonly navigator: Navigator;
  private fit: Fit | null = null;
  private failure = '';
  private readonly redrawOverlay = oncePerFrame(() => {
    this.drawOverlay();
  });

  constructor(model: AnyModel<FitTraits>, root: HTMLElement) {
    super(model, root, 'jp-SpreadlabFit', 'Ornstein-Uhlenbeck fit');
    this.navigator = new Navigator(this.chart.overlay, this.cleanup, {
      axis: () => this.axis(),
      moved: this.redraw.request,
      pointed: () => {
        this.showBar();
      },
      drag: () => null,
      click: () => undefined
    });
    // Scrolls where it is narrow, and so has to be reached by the keyboard.
    const left = element('div', 'jp-SpreadlabFit-tables', {
      tabindex: '0',
      role: 'group',
      'aria-label': 'Parameters and tests'
    });
    left.append(this.forest.node, this.tests.node);
    const right = element('div', 'jp-SpreadlabFit-spread');
    right.append(this.chart.node, this.numbers.node);
    const top = element('div', 'jp-SpreadlabFit-top');
    top.append(left, right);
    const bottom = element('div', 'jp-SpreadlabFit-bottom');
    bottom.append(
      captioned(this.small.density, 'sample', 'stationary density'),
      captioned(this.small.acf, 'sample', 'exp(−κ lag)'),
      captioned(this.small.qq, 'innovations', 'normal')
    );
    root.append(this.status, top, bottom);
    this.on('_fit', () => {
      this.readFit();
    });
    for (const chart of [this.chart, ...Object.values(this.small)]) {
      chart.onResize(this.cleanup, this.redraw.request);
    }
    this.cleanup.listen(this.chart.overlay, 'keydown', event => {
      const plain = !(event.ctrlKey || event.metaKey || event.altKey);
      if (plain && this.navigator.key(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    this.readFit();
  }

  override dispose(): void {
    this.redrawOverlay.cancel();
    super.dispose();
  }

  protected override state(): State {
    return {
      full: this.fit !== null,
      failure: this.failure,
      loading: 'Fitting the spread …',
      empty: 'No fit yet. Set .fit to a result of sl.estimate_ou().'
    };
  }

  private readFit(): void {
    this.failure = '';
    try {
      const wire = this.model.get('_fit');
      this.fit = wire === null ? null : decodeFit(wire);
    } catch (error) {
      this.fit = null;
      this.failure = String(error);
    }
    const { fit } = this;
    this.navigator.open(fit?.spread.length ?? 0);
    this.forest.show(fit, this.model.get('level'));
    this.tests.show(fit?.tests ?? null);
    this.words.textContent = fit?.verdict ?? '';
    this.words.dataset['reverts'] = fit === null ? '' : String(fit.reverts);
    const words = fit === null ? null : describe(fit);
    for (const name of ['density', 'acf', 'qq'] as const) {
      const label = words?.[name] ?? 'no fit';
      this.small[name].overlay.setAttribute('aria-label', label);
    }
    this.chart.overlay.setAttribute(
      'aria-label',
      fit === null
        ? 'no fit'
        : `Spread over ${integer(fit.spread.length)} bars with its fitted mean. ${CHART_KEYS}`
    );
    this.showState();
    this.showBar();
    this.redraw.request();
  }

  private axis(): Axis | null {
    const { viewport } = this.navigator;
    const rect = spreadRect(this.chart);
    return viewport === null
      ? null
      : new Axis(viewport.first, viewport.last, rect.left, rect.width);
  }

  protected override draw(): void {
    const { fit, colours } = this;
    const { viewport } = this.navigator;
    const context = this.chart.clear(colours.font);
    if (context !== null && fit !== null && viewport !== null) {
      drawFitted(context, this.chart, fit, viewport, colours);
    }
    for (const [name, draw] of [
      ['density', drawDensity],
      ['acf', drawAcf],
      ['qq', drawQuantiles]
    ] as const) {
      const chart = this.small[name];
      const small = chart.clear(colours.font);
      chart.clearOverlay(colours.font, false); // as large as the picture that it lies on
      if (small !== null && fit !== null && chart.width > 0) {
        draw(small, chart, fit, colours);
      }
    }
    this.drawOverlay();
  }

  private drawOverlay(): void {
    const { viewport, bar } = this.navigator;
    const { font } = this.colours;
    const context = this.chart.clearOverlay(font, bar !== null);
    if (context !== null && viewport !== null) {
      drawFittedCross(context, this.chart, viewport, bar, this.colours);
    }
  }

  private showBar(): void {
    const { fit } = this;
    const { bar } = this.navigator;
    if (fit === null || bar === null) {
      this.numbers.show({});
    } else {
      const value = fit.spread[bar]!;
      this.numbers.show({
        date:
          fit.times === null
            ? `bar ${integer(bar)}`
            : dateText(fit.times[bar]!),
        spread: short(value),
        distance: short((value - fit.theta) / fit.stationary_sd)
      });
    }
    this.redrawOverlay.request();
  }
}

/** A small picture under what its grey and its green are. */
function captioned(
  chart: ChartCanvas,
  grey: string,
  green: string
): HTMLElement {
  const node = element('figure', 'jp-SpreadlabFit-figure');
  const caption = element('figcaption', 'jp-Spreadlab-legend');
  for (const [kind, text] of [
    [grey === 'sample' ? 'area' : 'points', grey],
    ['mean', green]
  ] as const) {
    const key = element('span', 'jp-Spreadlab-key', {}, text);
    key.prepend(
      element('i', 'jp-Spreadlab-swatch', {
        'data-kind': kind,
        'aria-hidden': 'true'
      })
    );
    caption.append(key);
  }
  node.append(caption, chart.node);
  return node;
}
