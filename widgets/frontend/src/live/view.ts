import type { AnyModel } from '@anywidget/types';

import type { Axis } from '../shared/axis';
import { ChartCanvas } from '../shared/canvas';
import { Choice, Readout } from '../shared/controls';
import { dateText } from '../shared/dates';
import { element, oncePerFrame, uniqueId, write } from '../shared/dom';
import { integer, short } from '../shared/format';
import { arraysOf } from '../shared/message';
import { CHART_KEYS, Navigator } from '../shared/navigate';
import { Shell, type ShellTraits, type State } from '../shared/shell';
import { Viewport } from '../shared/viewport';
import { AlertList } from './alerts';
import {
  pairRows,
  sideText,
  taken,
  type Beat,
  type LineName,
  type PairFacts,
  type PairRow,
  type Run,
  type Series
} from './data';
import {
  barAxis,
  barTexts,
  drawCrosshair,
  drawLive,
  HEIGHT,
  layoutOf,
  lineLabel,
  type Picture
} from './draw';
import { PairList, stateText } from './list';
import { RunBar } from './run';

export interface LiveTraits extends ShellTraits {
  selected: string | null;
  line: LineName;
  bars: number;
  _pairs: PairFacts[];
  _run: Run;
}

/** Words come whole or not at all; numbers may come without them. */
interface Newest {
  words: string[];
  rows: PairRow[];
}

/** The newest of every pair, one on a chart, and alerts. Nothing is computed here. */
export class LiveView extends Shell<LiveTraits> {
  private readonly page = uniqueId('page');
  private readonly run: RunBar;
  private readonly list: PairList;
  private readonly alerts: AlertList;
  private readonly heading = element('h4', 'jp-SpreadlabLive-heading');
  private readonly title = element('span', '');
  private readonly rule = element('span', 'jp-SpreadlabLive-rule');
  private readonly chosen = element('p', 'jp-SpreadlabLive-chosen');
  private readonly lines: Choice<LineName>;
  private readonly chart = new ChartCanvas(HEIGHT, 'live chart of a pair');
  private readonly numbers = new Readout([
    ['date', 'bar'],
    ['spread', 'spread'],
    ['signal', 'signal'],
    ['z', 'z'],
    ['position', 'rule held'],
    ['target', 'wanted']
  ]);
  private readonly navigator: Navigator;
  private readonly redrawOverlay = oncePerFrame(() => {
    this.drawOverlay();
  });
  private newest: Newest = { words: [], rows: [] };
  private series: Series | null = null;
  private failure = '';
  /** When the newest tick of what was heard came to the kernel; null once it is on the screen. */
  private arrived: number | null = null;

  constructor(model: AnyModel<LiveTraits>, root: HTMLElement) {
    super(model, root, 'jp-SpreadlabLive', 'Live monitor');
    this.run = new RunBar(this.cleanup, {
      act: action => {
        model.send({ kind: 'act', action });
      },
      speed: speed => {
        model.send({ kind: 'speed', speed });
      }
    });
    this.list = new PairList(this.cleanup, name => {
      model.set('selected', name);
      model.save_changes();
    });
    this.alerts = new AlertList(this.cleanup);
    this.lines = new Choice<LineName>(
      'line',
      [
        ['signal', 'signal', 'What the levels are compared with'],
        ['spread', 'spread', 'The spread of the prices'],
        ['z', 'z', 'Standard deviations from the mean']
      ],
      line => {
        model.set('line', line);
        model.save_changes();
      }
    );
    this.navigator = new Navigator(this.chart.overlay, this.cleanup, {
      axis: () => this.axis(),
      moved: this.redraw.request,
      pointed: () => {
        this.showBar();
      },
      drag: () => null,
      click: () => undefined
    });
    this.arrange();
    this.listen();
    this.open();
    model.send({ kind: 'open', page: this.page });
  }

  override dispose(): void {
    this.redrawOverlay.cancel();
    this.model.send({ kind: 'leave', page: this.page });
    super.dispose();
  }

  private arrange(): void {
    const tools = element('div', 'jp-SpreadlabLive-bar');
    this.heading.append(this.title, this.rule);
    tools.append(this.heading, this.lines.node);
    const chart = element('div', 'jp-SpreadlabLive-chart');
    chart.append(tools, this.chosen, this.chart.node, this.numbers.node);
    const top = element('div', 'jp-SpreadlabLive-top');
    top.append(this.list.node, chart, this.alerts.node);
    this.root.append(this.status, this.run.node, top);
  }

  private listen(): void {
    const { overlay } = this.chart;
    this.chart.onResize(this.cleanup, this.redraw.request);
    this.cleanup.listen(overlay, 'keydown', event => {
      this.press(event);
    });
    this.on('_pairs', () => {
      this.open();
    });
    this.on('_run', () => {
      this.showRun();
    });
    this.on('selected', () => {
      this.showSelected();
    });
    this.on('line', () => {
      this.showSelected();
    });
    const hear = (message: Beat, buffers: DataView[]): void => {
      this.hear(message, buffers);
    };
    this.model.on('msg:custom', hear);
    this.cleanup.add(() => {
      this.model.off('msg:custom', hear);
    });
  }

  /** Other pairs: nothing is known of them yet. */
  private open(): void {
    this.newest = { words: [], rows: [] };
    this.series = null;
    this.list.open(this.model.get('_pairs'));
    this.showRun();
    this.showSelected();
  }

  private hear(message: Beat, buffers: DataView[]): void {
    if (message.kind !== 'beat') {
      return;
    }
    try {
      this.take(message, buffers);
      this.failure = '';
    } catch (error) {
      this.failure = String(error);
    }
    this.arrived = message.arrived;
    this.showState();
    this.redraw.request();
  }

  private take(message: Beat, buffers: DataView[]): void {
    const wires = arraysOf(message.arrays, buffers);
    if (message.words !== undefined) {
      this.newest.words = message.words;
    }
    const { numbers, codes } = wires;
    if (numbers !== undefined && codes !== undefined) {
      this.newest.rows = pairRows(numbers, codes, this.newest.words);
    } else if (message.words !== undefined) {
      this.newest.rows = this.newest.rows.map((row, k) => ({
        ...row,
        words: message.words![k] ?? ''
      }));
    }
    if (message.alerts !== undefined) {
      this.alerts.add(message.alerts, message.again);
    }
    if (message.chart !== undefined) {
      const before = this.series;
      this.series = taken(before, message.chart, wires);
      if (this.series !== before) {
        this.follow(before, message.chart.whole);
      }
    }
    if (message.progress !== undefined) {
      this.run.far(message.progress);
    }
  }

  /** Keep in sight what was in sight. */
  private follow(before: Series | null, whole: boolean): void {
    const { series, navigator } = this;
    const count = series?.times.length ?? 0;
    if (count === 0) {
      navigator.viewport = null;
      return;
    }
    const dropped = series!.dropped;
    const same = before !== null && before.pair === series!.pair && !whole;
    navigator.viewport =
      same && navigator.viewport !== null
        ? navigator.viewport.grown(count, dropped)
        : Viewport.whole(count);
    if (navigator.bar !== null) {
      const bar = navigator.bar - (same ? dropped : 0);
      navigator.bar = bar >= 0 && bar < count ? bar : null;
    }
  }

  private showRun(): void {
    const run = this.model.get('_run');
    this.run.show(run);
    this.root.dataset['state'] = run.state;
    this.showState();
  }

  private showSelected(): void {
    const { model } = this;
    const name = model.get('selected');
    this.list.select(name);
    this.alerts.select(name);
    this.lines.show(model.get('line'));
    this.redraw.request();
  }

  protected override state(): State {
    return {
      full: this.model.get('_pairs').length > 0,
      failure: this.failure,
      loading: 'Waiting for the session …',
      empty: 'No session yet. Set `session` to one of sl.live.'
    };
  }

  private facts(): PairFacts | null {
    const name = this.model.get('selected');
    return this.model.get('_pairs').find(pair => pair.name === name) ?? null;
  }

  private row(): PairRow | null {
    const name = this.model.get('selected');
    const place = this.model
      .get('_pairs')
      .findIndex(pair => pair.name === name);
    return this.newest.rows[place] ?? null;
  }

  private picture(): Picture | null {
    const { series } = this;
    const facts = this.facts();
    const { viewport } = this.navigator;
    const { width, height } = this.chart;
    const shown = series !== null && series.pair === facts?.name;
    if (!shown || viewport === null || width === 0) {
      return null;
    }
    const line = this.model.get('line');
    return {
      series,
      facts,
      line,
      now: this.row()?.[line] ?? NaN,
      viewport,
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
    this.list.show(this.newest.rows);
    this.showChosen();
    const context = this.chart.clear(this.colours.font);
    const picture = this.picture();
    if (context !== null && picture !== null) {
      drawLive(context, picture);
    }
    this.showBar();
    this.drawOverlay();
    if (this.arrived !== null) {
      // On the screen now: what measures "tick to screen" reads the stamp, the kernel sends more.
      this.root.dataset['arrived'] = String(this.arrived);
      this.arrived = null;
      this.model.send({ kind: 'drawn', page: this.page });
    }
  }

  private drawOverlay(): void {
    const { bar } = this.navigator;
    const picture = this.picture();
    const context = this.chart.clearOverlay(this.colours.font, bar !== null);
    if (context !== null && picture !== null) {
      drawCrosshair(context, picture, bar);
    }
  }

  private showChosen(): void {
    const facts = this.facts();
    const row = this.row();
    write(this.title, facts?.name ?? 'No pair');
    write(this.rule, facts?.rule ?? '');
    this.heading.title = facts?.rule ?? '';
    const words =
      row === null
        ? ''
        : `position ${sideText(row.position)} · target ${sideText(row.target)}` +
          ` · ${stateText(row)}`;
    write(this.chosen, words);
    this.chosen.title = words;
    const count = this.series?.times.length ?? 0;
    const line = this.model.get('line');
    const label =
      facts === null
        ? 'no pair'
        : `${facts.name}: ${lineLabel(line, facts)}, ${integer(count)} bars` +
          `${row === null ? '' : `, now ${short(row[line])}`}. ${CHART_KEYS}`;
    if (this.chart.overlay.getAttribute('aria-label') !== label) {
      this.chart.overlay.setAttribute('aria-label', label);
    }
  }

  private showBar(): void {
    const { series, navigator } = this;
    const { bar } = navigator;
    const texts: Record<string, string> = {};
    if (series !== null && bar !== null && bar < series.times.length) {
      Object.assign(texts, barTexts(series, bar), {
        date: dateText(series.times[bar]!),
        position: sideText(series.position[bar]!),
        target: sideText(series.target[bar]!)
      });
    }
    this.numbers.show(texts);
    this.redrawOverlay.request();
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (this.navigator.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }
}
