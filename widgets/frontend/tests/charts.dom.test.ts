// @vitest-environment jsdom
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { WireAccount, WireTrades } from '../src/backtest/data';
import { ordered, type Column } from '../src/backtest/trades_order';
import { decodeTrades, tradeAt } from '../src/backtest/data';
import { MetricsTable } from '../src/backtest/metrics';
import { BacktestChartView, type BacktestTraits } from '../src/backtest/view';
import { FitView, type FitTraits } from '../src/oufit/view';
import { ChartCanvas } from '../src/shared/canvas';
import { encode, type WireArray } from '../src/shared/codec';
import { Cleanup } from '../src/shared/dom';
import { SpreadChartView, type SpreadTraits } from '../src/spread/view';
import { FakeModel } from './model';
import { standInForLayout, withSizes } from './noLayout';

const float = (...values: number[]): WireArray =>
  encode({ data: Float64Array.from(values), shape: [values.length] });
const int = (...values: number[]): WireArray =>
  encode({ data: Int32Array.from(values), shape: [values.length] });
const byte = (...values: number[]): WireArray =>
  encode({ data: Int8Array.from(values), shape: [values.length] });

const SHELL = {
  _version: '0.0.0-test',
  _view_version: '',
  theme: 'auto' as const,
  loading: false,
  error: ''
};
const COUNT = 100;
const bars = Float64Array.from({ length: COUNT }, (_, k) => k);

beforeAll(standInForLayout);

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement('div');
  document.body.replaceChildren(root);
});

function notice(): HTMLElement {
  return root.querySelector<HTMLElement>('.jp-Spreadlab-notice')!;
}

function key(target: Element, name: string): void {
  target.dispatchEvent(
    new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true })
  );
}

function nextFrame(): Promise<void> {
  return new Promise(resolve => {
    requestAnimationFrame(() => {
      resolve();
    });
  });
}

function field(name: string): string {
  return root.querySelector(`[data-field="${name}"]`)!.textContent;
}

describe('ChartCanvas', () => {
  it('asks the page for its size once, until the page says that it changed', () => {
    const chart = new ChartCanvas(100, null);
    const cleanup = new Cleanup();
    const asked = vi.fn(() => 300);
    Object.defineProperty(chart.node, 'clientWidth', { get: asked });
    const drawn = vi.fn(() => chart.width + chart.width);
    const resize = withSizes(() => {
      chart.onResize(cleanup, drawn);
    });
    expect(chart.width).toBe(300); // nobody has told yet
    asked.mockClear();
    resize();
    expect(drawn).toHaveReturnedWith(600);
    expect(chart.width).toBe(300);
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockReturnValue(200);
    resize();
    expect(chart.width).toBe(200);
    cleanup.run();
  });

  it('leaves what is blank alone until something is to be on it, or its size changes', () => {
    const chart = new ChartCanvas(100, null);
    root.append(chart.node);
    let width = 300;
    Object.defineProperty(chart.node, 'clientWidth', { get: () => width });
    const touched = vi.fn(
      () =>
        ({
          setTransform: () => undefined,
          clearRect: () => undefined
        }) as unknown as CanvasRenderingContext2D
    );
    chart.overlay.getContext = touched as never;
    const draw = (filled: boolean) => {
      touched.mockClear();
      const given = chart.clearOverlay('serif', filled) !== null;
      return [given, touched.mock.calls.length];
    };
    expect(draw(false)).toEqual([false, 1]); // gets its size
    expect(draw(false)).toEqual([false, 0]);
    expect(draw(true)).toEqual([true, 1]);
    expect(draw(true)).toEqual([true, 1]);
    expect(draw(false)).toEqual([false, 1]); // wiped
    expect(draw(false)).toEqual([false, 0]);
    width = 200;
    expect(draw(false)).toEqual([false, 1]);
    expect(chart.overlay.width).toBe(200);
  });
});

describe('SpreadView', () => {
  let model: FakeModel<SpreadTraits>;
  let view: SpreadChartView;

  beforeEach(() => {
    model = new FakeModel<SpreadTraits>({
      ...SHELL,
      _legs: {
        symbols: ['KO', 'PEP'],
        prices: encode({
          data: Float64Array.from([...bars, ...bars], x => x + 10),
          shape: [2, COUNT]
        }),
        times: null,
        unit: 'log prices',
        shortest: 30
      },
      _spread: {
        spread: float(...bars.map(x => x / 100)),
        hedge_ratio: float(0.75)
      },
      _levels: { lines: [], hidden: '' },
      _positions: null,
      window: [0, 60],
      brushing: false,
      hedge: 'static',
      trade: null
    });
    view = new SpreadChartView(model.asModel(), root);
  });

  const chart = (): Element => root.querySelector('[role="application"]')!;

  it('reads out the bar under the crosshair', () => {
    key(chart(), 'Home');
    key(chart(), 'ArrowRight');
    expect(field('date')).toBe('bar 1');
    expect(field('dependent')).toBe('11.00');
    expect(field('spread')).toBe('0.0100');
    expect(field('ratio')).toBe('0.7500');
    key(chart(), 'Escape');
    expect(field('date')).toBe('–');
  });

  it('moves the window by keys and tells the kernel', () => {
    key(chart(), ']');
    expect(model.state.window).toEqual([0, 62]);
    key(chart(), '}');
    expect(field('window')).toContain('(60 bars)');
    expect(model.saves).toBeGreaterThan(0);
  });

  it('switches the hedge ratio', () => {
    const kalman = root.querySelector<HTMLInputElement>('[value="kalman"]')!;
    kalman.checked = true;
    kalman.dispatchEvent(new Event('change'));
    expect(model.state.hedge).toBe('kalman');
    model.update('hedge', 'rolling');
    expect(
      root.querySelector<HTMLInputElement>('[value="rolling"]')!.checked
    ).toBe(true);
  });

  it('says whose levels are hidden', () => {
    model.update('_levels', { lines: [], hidden: 'static' });
    expect(root.querySelector('[data-hidden-levels]')!.textContent).toContain(
      'of the static hedge ratio'
    );
  });

  it('has a state for empty, loading, stale and error', () => {
    expect(notice().hidden).toBe(true);
    model.update('loading', true);
    expect(root.classList.contains('jp-mod-stale')).toBe(true);
    model.update('_legs', null);
    expect(notice().dataset['kind']).toBe('loading');
    model.update('loading', false);
    expect(notice().dataset['kind']).toBe('empty');
    expect(root.classList.contains('jp-mod-empty')).toBe(true);
    model.update('error', 'no');
    expect(notice().dataset['kind']).toBe('error');
    expect(notice().getAttribute('role')).toBe('alert');
  });

  it('tells of bytes that do not fit instead of drawing something', () => {
    model.update('_spread', {
      spread: { ...float(1, 2), shape: [3] },
      hedge_ratio: float(1)
    });
    expect(notice().textContent).toContain('needs 24 bytes, got 16');
  });

  it('shows the keys on demand', () => {
    const keys = root.querySelector<HTMLElement>('.jp-Spreadlab-keys')!;
    expect(keys.hidden).toBe(true);
    key(chart(), '?');
    expect(keys.hidden).toBe(false);
  });

  it('lets go of everything', () => {
    view.dispose();
    expect(model.listeners()).toBe(0);
    expect(root.childElementCount).toBe(0);
  });
});

describe('OUFitView', () => {
  const parameter = {
    label: 'κ, speed',
    unit: 'per year',
    scale: 'ratio' as const,
    estimate: 3.85,
    low: 1.25,
    high: null,
    stderr: 1
  };
  const fit = {
    spread: float(...bars),
    edges: float(0, 50, 100),
    density: float(0.01, 0.01),
    x: float(0, 100),
    stationary: float(0.01, 0.01),
    acf: float(1, 0.5),
    model_acf: float(1, 0.6),
    qq_theoretical: float(-1, 0, 1),
    qq_sample: float(-2, 0, 2),
    times: null,
    theta: 50,
    stationary_sd: 25,
    half_life_bars: 45.4,
    parameters: [{ ...parameter, name: 'kappa' }],
    tests: [
      { name: 'Jarque-Bera', null: 'normal', statistic: 90, pvalue: 1e-9 }
    ],
    verdict: 'Mean reversion is not distinguishable from a random walk.',
    reverts: false
  };

  it('shows numbers, verdict and what the pictures say', () => {
    const model = new FakeModel<FitTraits>({ ...SHELL, _fit: fit, level: 0.9 });
    const view = new FitView(model.asModel(), root);
    const row = root.querySelector('[data-parameter="kappa"]')!;
    expect(row.textContent).toContain('3.85');
    expect(row.textContent).toContain('[1.25, ∞]');
    expect(root.textContent).toContain('90 % interval');
    expect(
      root.querySelector('[data-test="Jarque-Bera"]')!.textContent
    ).toContain('<.0001rejected');
    const words = root.querySelector<HTMLElement>('.jp-Spreadlab-words')!;
    expect(words.textContent).toBe(fit.verdict);
    expect(words.dataset['reverts']).toBe('false');
    const pictures = [...root.querySelectorAll('[role="img"]')];
    expect(
      pictures.map(node => node.getAttribute('aria-label')).join()
    ).toMatch(
      /standard deviation 25.*At lag 1 the sample has 0.500, the model 0.600/
    );
    key(root.querySelector('[role="application"]')!, 'End');
    expect(field('distance')).toBe('1.96');
    model.update('_fit', null);
    expect(notice().dataset['kind']).toBe('empty');
    view.dispose();
    expect(model.listeners()).toBe(0);
  });
});

const ACCOUNT: WireAccount = {
  profit: float(...bars),
  drawdown: float(...bars.map(() => -1)),
  positions: byte(...bars.map(k => (k > 10 && k < 20 ? 1 : 0))),
  times: null,
  parts: [
    { name: 'in sample', first: 0, end: 70 },
    { name: 'out of sample', first: 70, end: 100 }
  ],
  title: 'KO / PEP'
};
const TRADES: WireTrades = {
  entry: int(11, 40, 75),
  exit: int(20, 50, 75),
  holding: int(9, 10, 0),
  direction: byte(1, -1, 1),
  part: byte(0, 0, 1),
  reason: byte(1, 0, 1),
  pnl: float(2, -1, 5),
  mae: float(-1, -2, 0),
  mfe: float(3, 1, 6),
  costs: float(0.1, 0.1, 0.1),
  reasons: ['stop', 'exit']
};

describe('trades', () => {
  it('sort by any column, those with one value by time', () => {
    const trades = decodeTrades(TRADES);
    const order = (column: Column, ascending: boolean): number[] => [
      ...ordered(trades, column, ascending)
    ];
    expect(order('pnl', true)).toEqual([1, 0, 2]);
    expect(order('pnl', false)).toEqual([2, 0, 1]);
    expect(order('costs', false)).toEqual([0, 1, 2]);
    expect(order('reason', true)).toEqual([0, 2, 1]);
    expect(order('number', false)).toEqual([2, 1, 0]);
  });

  it('are found by a bar that they were open at', () => {
    const trades = decodeTrades(TRADES);
    expect(tradeAt(trades, 15)).toBe(0);
    expect(tradeAt(trades, 50)).toBe(1);
    expect(tradeAt(trades, 75)).toBe(2);
    expect(tradeAt(trades, 30)).toBe(-1);
  });
});

describe('BacktestView', () => {
  let model: FakeModel<BacktestTraits>;
  let view: BacktestChartView;

  beforeEach(() => {
    model = new FakeModel<BacktestTraits>({
      ...SHELL,
      _account: ACCOUNT,
      _trades: TRADES,
      _metrics: {
        parts: ['in sample', 'out of sample'],
        sharpe: [
          { naive: 0.981, stderr: 0.38, probabilistic: 0.99, deflated: 0.61 },
          { naive: null, stderr: null, probabilistic: null, deflated: null }
        ],
        n_trials: 56,
        n_effective: 25.9,
        rule: 'ZScoreRule: lookback 60',
        rows: [
          {
            name: 'total_return',
            label: 'total return',
            kind: 'percent',
            title: '',
            values: [0.364, 0.263]
          }
        ]
      },
      _sweep: {
        names: ['lookback', 'entry_z'],
        values: [float(20, 40), float(1, 2, 3)],
        figures: {
          sharpe: encode({
            data: Float64Array.of(0.1, 0.2, 0.3, 0.4, NaN, -0.1),
            shape: [2, 3]
          }),
          total_return: encode({
            data: Float64Array.of(0.1, 0.2, 0.3, 0.4, NaN, -0.1),
            shape: [2, 3]
          }),
          n_trades: encode({
            data: Float64Array.of(1, 2, 3, 4, NaN, 6),
            shape: [2, 3]
          })
        },
        best: 3,
        rule: 'ZScoreRule',
        n_trials: 5,
        effective_trials: 2.5
      },
      point: null,
      metric: 'sharpe',
      trade: null
    });
    view = new BacktestChartView(model.asModel(), root);
  });

  const chart = (): Element =>
    root.querySelector('.jp-SpreadlabBacktest-chart [role="application"]')!;
  const cells = (): Element =>
    root.querySelector('.jp-SpreadlabSweep [role="application"]')!;

  it('has the naive Sharpe ratio beside the deflated one', () => {
    const row = root.querySelector('[data-part="in sample"]')!;
    expect(row.querySelector('[data-figure="naive"]')!.textContent).toBe(
      '0.981 ± 0.38'
    );
    expect(row.querySelector('[data-figure="deflated"]')!.textContent).toBe(
      '61.0 %'
    );
    expect(root.textContent).toContain('56 trials in this study');
  });

  it('selects the trade under the crosshair, and none elsewhere', () => {
    key(chart(), 'Home');
    for (let k = 0; k < 15; k++) {
      key(chart(), 'ArrowRight');
    }
    expect(field('position')).toBe('long');
    key(chart(), 'Enter');
    expect(model.state.trade).toBe(0);
    key(chart(), 'Home');
    key(chart(), 'Enter');
    expect(model.state.trade).toBeNull();
  });

  it('loads a cell by arrows and Enter, but none without a rule', () => {
    expect(field('parameters')).toBe(
      'lookback 40, entry z 1 ★ best Sharpe ratio'
    );
    key(cells(), 'ArrowRight');
    expect(field('parameters')).toContain('no rule of these');
    key(cells(), 'Enter');
    expect(model.state.point).toBeNull();
    key(cells(), 'ArrowDown');
    key(cells(), 'Enter');
    expect(model.state.point).toBe(1);
    key(cells(), 'Home');
    key(cells(), 'Enter');
    expect(model.state.point).toBe(3);
  });

  it('shows what one message brings once, in the rows that are there', async () => {
    await nextFrame();
    const show = vi.spyOn(MetricsTable.prototype, 'show');
    const row = (trade: number): HTMLElement =>
      root.querySelector(`.jp-SpreadlabTrades-row[data-trade="${trade}"]`)!;
    const pnl = (trade: number): string =>
      row(trade).querySelector('[data-column="pnl"]')!.textContent!;
    const before = row(1);
    expect(pnl(1)).toBe('−1.00');
    expect(before.dataset['side']).toBe('short');
    model.receiveState({
      _account: { ...ACCOUNT },
      _trades: {
        ...TRADES,
        entry: int(11, 40),
        exit: int(20, 50),
        holding: int(9, 10),
        direction: byte(1, 1),
        part: byte(0, 0),
        reason: byte(1, 0),
        pnl: float(2, 7),
        mae: float(-1, -2),
        mfe: float(3, 1),
        costs: float(0.1, 0.1)
      },
      _metrics: { ...model.state._metrics!, n_trials: 57 }
    });
    await nextFrame();
    expect(show).toHaveBeenCalledTimes(1);
    expect(root.textContent).toContain('57 trials in this study');
    expect(row(1)).toBe(before);
    expect(pnl(1)).toBe('7.00');
    expect(before.dataset['side']).toBe('long');
    expect(root.querySelectorAll('.jp-SpreadlabTrades-row')).toHaveLength(2);
    show.mockRestore();
  });

  it('colours the cells by the figure that is picked', () => {
    const select = root.querySelector('select')!;
    select.value = 'n_trades';
    select.dispatchEvent(new Event('change'));
    expect(model.state.metric).toBe('n_trades');
    expect(field('figure')).toBe('4');
  });

  it('works without a sweep and without a result', () => {
    model.update('_sweep', null);
    expect(root.querySelector<HTMLElement>('.jp-SpreadlabSweep')!.hidden).toBe(
      true
    );
    model.update('_account', null);
    expect(notice().textContent).toContain('.in_sample');
    view.dispose();
    expect(model.listeners()).toBe(0);
  });
});
