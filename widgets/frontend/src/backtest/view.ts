import type { AnyModel } from '@anywidget/types';

import type { Axis } from '../shared/axis';
import { ChartCanvas } from '../shared/canvas';
import { Readout } from '../shared/controls';
import { dateText } from '../shared/dates';
import { element, oncePerFrame } from '../shared/dom';
import { integer, short } from '../shared/format';
import { CHART_KEYS, Navigator } from '../shared/navigate';
import { Shell, type ShellTraits, type State } from '../shared/shell';
import { barAxis, drawAccount, drawMarks, HEIGHT, layoutOf } from './chart';
import {
  decodeAccount,
  decodeTrades,
  partAt,
  tradeAt,
  type Account,
  type Metrics,
  type Trades,
  type WireAccount,
  type WireTrades
} from './data';
import { MetricsTable } from './metrics';
import { SweepPanel } from './sweep';
import { SweepGrid, type WireSweep } from './sweep_grid';
import { TradesTable } from './trades';

export interface BacktestTraits extends ShellTraits {
  _account: WireAccount | null;
  _metrics: Metrics | null;
  _trades: WireTrades | null;
  _sweep: WireSweep | null;
  point: number | null;
  metric: string;
  trade: number | null;
}

const KEYS = `${CHART_KEYS} Enter selects the trade under the crosshair.`;

export class BacktestChartView extends Shell<BacktestTraits> {
  private readonly chart = new ChartCanvas(HEIGHT, 'chart of a backtest');
  private readonly numbers = new Readout([
    ['date', 'date'],
    ['part', 'sample'],
    ['profit', 'profit, %'],
    ['drawdown', 'drawdown, %'],
    ['position', 'position']
  ]);
  private readonly metrics = new MetricsTable();
  private readonly trades: TradesTable;
  private readonly sweep: SweepPanel;
  private readonly navigator: Navigator;
  private account: Account | null = null;
  private rows: Trades | null = null;
  private hasSweep = false;
  private failure = '';
  private readonly redrawOverlay = oncePerFrame(() => {
    this.drawOverlay();
  });

  constructor(model: AnyModel<BacktestTraits>, root: HTMLElement) {
    super(model, root, 'jp-SpreadlabBacktest', 'Backtest');
    this.navigator = new Navigator(this.chart.overlay, this.cleanup, {
      axis: () => this.axis(),
      moved: this.redraw.request,
      pointed: () => {
        this.showBar();
      },
      drag: () => null,
      click: bar => {
        this.selectAt(bar);
      }
    });
    this.trades = new TradesTable(this.cleanup, trade => {
      this.set('trade', trade);
    });
    this.sweep = new SweepPanel(this.cleanup, {
      colours: () => this.colours,
      metricPicked: metric => {
        this.set('metric', metric);
      },
      chosen: point => {
        this.set('point', point);
      }
    });
    const chart = element('div', 'jp-SpreadlabBacktest-chart');
    chart.append(this.chart.node, this.numbers.node);
    const top = element('div', 'jp-SpreadlabBacktest-top');
    top.append(chart, this.metrics.node);
    const bottom = element('div', 'jp-SpreadlabBacktest-bottom');
    bottom.append(this.sweep.node, this.trades.node);
    root.append(this.status, top, bottom);
    this.listen();
    this.readSweep();
    this.readResults();
  }

  override dispose(): void {
    this.redrawOverlay.cancel();
    super.dispose();
  }

  protected override state(): State {
    return {
      full: this.account !== null,
      failure: this.failure,
      loading: 'Running the backtest …',
      empty: this.hasSweep
        ? 'No backtest yet. Choose a cell of the sweep.'
        : 'No backtest yet. Set .in_sample to a result of sl.backtest().'
    };
  }

  private set<K extends 'trade' | 'metric' | 'point'>(
    name: K,
    value: BacktestTraits[K]
  ): void {
    this.model.set(name, value);
    this.model.save_changes();
  }

  private listen(): void {
    this.onAny(['_account', '_trades', '_metrics'], () => {
      this.readResults();
    });
    this.on('_sweep', () => {
      this.readSweep();
      this.showState();
    });
    this.on('point', () => {
      this.sweep.showPoint(this.model.get('point'));
    });
    this.on('metric', () => {
      this.sweep.showMetric(this.model.get('metric'));
    });
    this.on('trade', () => {
      this.showTrade();
    });
    this.chart.onResize(this.cleanup, this.redraw.request);
    this.cleanup.listen(this.chart.overlay, 'keydown', event => {
      this.press(event);
    });
  }

  private readResults(): void {
    this.failure = '';
    this.account = this.rows = null;
    try {
      const account = this.model.get('_account');
      const trades = this.model.get('_trades');
      this.account = account === null ? null : decodeAccount(account);
      this.rows = trades === null ? null : decodeTrades(trades);
    } catch (error) {
      this.failure = String(error);
    }
    const { account, rows } = this;
    this.navigator.open(account?.profit.length ?? 0);
    const metrics = this.model.get('_metrics');
    this.metrics.show(metrics);
    this.trades.show(rows, account);
    this.words.textContent =
      account === null || metrics === null
        ? ''
        : `${account.title}: ${metrics.rule}`;
    this.words.title = metrics?.rule ?? '';
    this.chart.overlay.setAttribute(
      'aria-label',
      account === null
        ? 'no backtest'
        : `Profit, drawdown and positions of ${account.title}, ` +
            `${account.parts.map(({ name }) => name).join(' and ')}. ${KEYS}`
    );
    this.showState();
    this.showTrade();
    this.showBar();
    this.redraw.request();
  }

  private readSweep(): void {
    let grid: SweepGrid | null = null;
    try {
      const wire = this.model.get('_sweep');
      grid = wire === null ? null : new SweepGrid(wire);
    } catch (error) {
      this.failure = String(error);
    }
    this.hasSweep = grid !== null;
    this.root.classList.toggle('jp-mod-sweep', this.hasSweep);
    this.sweep.show(grid);
    this.sweep.showMetric(this.model.get('metric'));
    this.sweep.showPoint(this.model.get('point'));
  }

  private axis(): Axis | null {
    const { viewport } = this.navigator;
    return viewport === null
      ? null
      : barAxis(layoutOf(this.chart.width, this.chart.height), viewport);
  }

  protected override draw(): void {
    const { account, colours } = this;
    const { viewport } = this.navigator;
    const context = this.chart.clear(colours.font);
    if (context !== null && account !== null && viewport !== null) {
      const layout = layoutOf(this.chart.width, this.chart.height);
      drawAccount(context, account, viewport, layout, colours);
    }
    this.drawOverlay();
    this.sweep.redraw.request();
  }

  private drawOverlay(): void {
    const { account, rows, colours } = this;
    const { viewport, bar } = this.navigator;
    const trade = this.model.get('trade');
    const marked = trade !== null || bar !== null;
    const context = this.chart.clearOverlay(colours.font, marked);
    if (context !== null && account !== null && viewport !== null) {
      const layout = layoutOf(this.chart.width, this.chart.height);
      drawMarks(context, account, rows, trade, bar, viewport, layout, colours);
    }
  }

  private showTrade(): void {
    const trade = this.model.get('trade');
    this.trades.select(trade);
    if (trade !== null && this.rows !== null && trade < this.rows.count) {
      this.navigator.reveal(this.rows.entry[trade]!);
    }
    this.redrawOverlay.request();
  }

  private selectAt(bar: number): void {
    const trade = this.rows === null ? -1 : tradeAt(this.rows, bar);
    this.set('trade', trade === -1 ? null : trade);
  }

  private showBar(): void {
    const { account } = this;
    const { bar } = this.navigator;
    if (account === null || bar === null) {
      this.numbers.show({});
    } else {
      const { times, parts, profit, drawdown, positions } = account;
      const words = ['short', 'flat', 'long'];
      this.numbers.show({
        date: times === null ? `bar ${integer(bar)}` : dateText(times[bar]!),
        part: parts[partAt(parts, bar)]?.name ?? '–',
        profit: short(profit[bar]!),
        drawdown: short(drawdown[bar]!),
        position: words[positions[bar]! + 1] ?? '–'
      });
    }
    this.redrawOverlay.request();
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const { bar } = this.navigator;
    if (event.key === 'Enter' && bar !== null) {
      this.selectAt(bar);
    } else if (!this.navigator.key(event)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
