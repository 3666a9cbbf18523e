import type { AnyModel } from '@anywidget/types';

import type { Axis } from '../shared/axis';
import { ChartCanvas } from '../shared/canvas';
import { button, Readout } from '../shared/controls';
import { dateText } from '../shared/dates';
import { element, oncePerFrame, uniqueId } from '../shared/dom';
import { download } from '../shared/files';
import { integer } from '../shared/format';
import { arraysOf } from '../shared/message';
import { CHART_KEYS, Navigator } from '../shared/navigate';
import { Shell, type ShellTraits, type State } from '../shared/shell';
import { Viewport } from '../shared/viewport';
import {
  barAxis,
  drawCrosshair,
  drawCurve,
  HEIGHT,
  layoutOf,
  type Layout
} from './chart';
import {
  grownCurve,
  nameRows,
  numberOf,
  pairRows,
  type Answer,
  type Asked,
  type BookMessage,
  type Curve,
  type PairRow
} from './data';
import { OrderForm } from './form';
import {
  attributionFacts,
  Events,
  Limits,
  showAttribution,
  showSummary,
  summaryFacts
} from './panels';
import { moneyText, nameTable, pairTable } from './tables';

export interface PortfolioTraits extends ShellTraits {
  _open: boolean;
}

const TABLES = [
  ['events', 'all events'],
  ['fills', 'fills'],
  ['positions', 'positions by pair'],
  ['names', 'positions by name'],
  ['equity', 'equity and exposures']
] as const;

/** A paper book. Nothing is computed here. */
export class PortfolioPanel extends Shell<PortfolioTraits> {
  private readonly page = uniqueId('page');
  private readonly facts = summaryFacts();
  private readonly attribution = attributionFacts();
  private readonly limits = new Limits();
  private readonly refused = element('p', 'jp-SpreadlabPortfolio-refused', {
    role: 'status'
  });
  private readonly said = element('p', 'jp-SpreadlabPortfolio-said', {
    role: 'status'
  });
  private readonly pairs = pairTable({
    flatten: pair => {
      this.ask('flatten', { pair });
    },
    release: pair => {
      this.ask('release', { pair });
    },
    mode: (pair, automatic) => {
      this.ask('mode', { pair, automatic });
    }
  });
  private readonly names = nameTable();
  private readonly events = new Events(words => {
    this.refused.hidden = words === '';
    this.refused.textContent = words;
  });
  private readonly form: OrderForm;
  private readonly chart = new ChartCanvas(HEIGHT, 'equity of a book');
  private readonly numbers = new Readout([
    ['date', 'bar'],
    ['equity', 'equity'],
    ['gross', 'gross'],
    ['net', 'net']
  ]);
  private readonly navigator: Navigator;
  private readonly redrawOverlay = oncePerFrame(() => {
    this.drawOverlay();
  });
  private readonly all = element(
    'button',
    'jp-Spreadlab-button',
    { type: 'button' },
    'Flatten all'
  );
  private readonly sure = element('span', 'jp-SpreadlabPortfolio-sure', {
    role: 'group',
    'aria-label': 'Flatten all?'
  });
  private rows: PairRow[] = [];
  private curve: Curve | null = null;
  private capital = NaN;
  private failure = '';
  private unseen = false;

  constructor(model: AnyModel<PortfolioTraits>, root: HTMLElement) {
    super(model, root, 'jp-SpreadlabPortfolio', 'Portfolio');
    this.form = new OrderForm(this.cleanup, order => {
      this.ask('order', { ...order });
    });
    this.navigator = new Navigator(this.chart.overlay, this.cleanup, {
      axis: () => this.axis(),
      moved: this.redraw.request,
      pointed: () => {
        this.showBar();
      },
      drag: () => null,
      click: () => undefined
    });
    this.refused.hidden = true;
    this.arrange();
    this.listen();
    this.showState();
    model.send({ kind: 'open', page: this.page });
  }

  override dispose(): void {
    this.redrawOverlay.cancel();
    this.model.send({ kind: 'leave', page: this.page });
    super.dispose();
  }

  private arrange(): void {
    const chart = element('div', 'jp-SpreadlabPortfolio-chart');
    chart.append(this.chart.node, this.numbers.node);
    const side = element('div', 'jp-SpreadlabPortfolio-side');
    side.append(
      heading('Profit by source'),
      this.attribution.node,
      heading('Limits'),
      this.limits.node
    );
    const top = element('div', 'jp-SpreadlabPortfolio-top');
    top.append(chart, side);
    const orders = element('section', 'jp-SpreadlabPortfolio-orders', {
      'aria-label': 'Orders and files'
    });
    orders.append(this.form.node, this.flattenAll(), this.exports(), this.said);
    const bottom = element('div', 'jp-SpreadlabPortfolio-bottom');
    const names = element('section', '', { 'aria-label': 'By name' });
    names.append(heading('By name'), this.names.node);
    bottom.append(names, this.events.node);
    this.root.append(
      this.status,
      this.facts.node,
      this.refused,
      top,
      heading('By pair'),
      this.pairs.node,
      orders,
      bottom
    );
  }

  /** Two presses: nothing is sold by one that slipped. */
  private flattenAll(): HTMLElement {
    const node = element('span', 'jp-SpreadlabPortfolio-flatten');
    const yes = button('Yes, flatten all', 'Yes, flatten all', () => {
      this.ask('flatten', {});
      this.beSure(false);
    });
    const no = button('No', 'No, keep what is held', () => {
      this.beSure(false);
    });
    this.sure.append('Sell and buy back everything? ', yes, no);
    this.sure.hidden = true;
    this.cleanup.listen(this.all, 'click', () => {
      this.beSure(true);
      no.focus();
    });
    this.cleanup.listen(this.sure, 'keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.beSure(false);
      }
    });
    node.append(this.all, this.sure);
    return node;
  }

  private beSure(asking: boolean): void {
    this.sure.hidden = !asking;
    this.all.hidden = asking;
    if (!asking) {
      this.all.focus();
    }
  }

  private exports(): HTMLElement {
    const node = element('span', 'jp-SpreadlabPortfolio-export', {
      role: 'group',
      'aria-label': 'Save a table'
    });
    const table = element('select', 'jp-Spreadlab-select', {
      'aria-label': 'Table to save'
    });
    for (const [name, words] of TABLES) {
      table.append(element('option', '', { value: name }, words));
    }
    const save = (format: string, words: string): HTMLButtonElement =>
      button(words, `Save as ${words}`, () => {
        this.ask('export', { table: table.value, format });
      });
    node.append(
      'save ',
      table,
      ' as ',
      save('csv', 'CSV'),
      save('parquet', 'Parquet')
    );
    return node;
  }

  private listen(): void {
    const { overlay } = this.chart;
    this.chart.onResize(this.cleanup, this.redraw.request);
    this.cleanup.listen(overlay, 'keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      if (this.navigator.key(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    this.on('_open', () => {
      this.forget();
    });
    const hear = (message: BookMessage | Answer, buffers: DataView[]): void => {
      if (message.kind === 'answer') {
        this.hearAnswer(message, buffers);
      } else {
        this.hearBook(message, buffers);
      }
    };
    this.model.on('msg:custom', hear);
    this.cleanup.add(() => {
      this.model.off('msg:custom', hear);
    });
  }

  private ask(kind: Asked, words: Record<string, unknown>): void {
    this.model.send({ kind, ...words });
  }

  private forget(): void {
    if (!this.model.get('_open')) {
      this.rows = [];
      this.curve = null;
      this.navigator.viewport = null;
      this.pairs.show([]);
      this.names.show([]);
      this.form.show([]);
      this.events.add([], true);
    }
    this.showState();
    this.redraw.request();
  }

  private hearBook(message: BookMessage, buffers: DataView[]): void {
    try {
      const wires = arraysOf(message.arrays, buffers);
      this.rows = pairRows(message, wires);
      this.capital = numberOf(message.summary.capital);
      showSummary(this.facts, message.summary);
      showAttribution(
        this.attribution,
        message.attribution,
        message.summary.pnl
      );
      this.limits.show(message.limits);
      this.pairs.show(this.rows);
      this.names.show(nameRows(message, wires));
      this.form.show(this.rows);
      this.events.add(message.events, message.again);
      if (message.curve !== undefined) {
        const { whole } = message.curve;
        this.curve = grownCurve(this.curve, message.curve, wires);
        this.follow(this.curve, whole);
      }
      this.failure = '';
    } catch (error) {
      this.failure = String(error);
    }
    this.all.disabled = !this.rows.some(
      row => row.position !== 0 || row.pending === 1 || row.pending === -1
    );
    this.unseen = true;
    this.showState();
    this.redraw.request();
  }

  private follow({ times, dropped }: Curve, whole: boolean): void {
    const { navigator } = this;
    const count = times.length;
    if (count === 0) {
      navigator.viewport = null;
      return;
    }
    navigator.viewport =
      whole || navigator.viewport === null
        ? Viewport.whole(count)
        : navigator.viewport.grown(count, dropped);
    if (navigator.bar !== null) {
      const bar = navigator.bar - (whole ? 0 : dropped);
      navigator.bar = bar >= 0 && bar < count ? bar : null;
    }
  }

  private hearAnswer(answer: Answer, buffers: DataView[]): void {
    const data = buffers[0];
    if (answer.name !== undefined && data !== undefined) {
      download(answer.name, data as DataView<ArrayBuffer>, answer.mime ?? '');
    }
    if (answer.to === 'order') {
      this.form.answer(answer);
      return;
    }
    this.said.setAttribute('role', answer.error ? 'alert' : 'status');
    this.said.dataset['kind'] = answer.error ? 'error' : 'done';
    this.said.textContent = answer.words;
    if (answer.to === 'mode') {
      this.pairs.show(this.rows); // a box that could not be ticked goes back
    }
  }

  protected override state(): State {
    return {
      full: this.model.get('_open'),
      failure: this.failure,
      loading: 'Waiting for the book …',
      empty: 'No book yet. Set `source` to a session with one, or to a book.'
    };
  }

  private axis(): Axis | null {
    const { viewport } = this.navigator;
    return viewport === null ? null : barAxis(this.layout(), viewport);
  }

  private layout(): Layout {
    return layoutOf(this.chart.width, this.chart.height);
  }

  protected override draw(): void {
    const context = this.chart.clear(this.colours.font);
    const { curve } = this;
    const { viewport } = this.navigator;
    if (
      context !== null &&
      curve !== null &&
      viewport !== null &&
      this.chart.width > 0
    ) {
      const { colours, capital } = this;
      drawCurve(context, curve, capital, viewport, this.layout(), colours);
    }
    this.showBar();
    this.drawOverlay();
    if (this.unseen) {
      this.unseen = false;
      this.model.send({ kind: 'drawn', page: this.page });
    }
  }

  private drawOverlay(): void {
    const { viewport, bar } = this.navigator;
    const context = this.chart.clearOverlay(this.colours.font, bar !== null);
    if (context !== null && viewport !== null && this.chart.width > 0) {
      drawCrosshair(context, bar, viewport, this.layout(), this.colours);
    }
  }

  private showBar(): void {
    const { curve } = this;
    const { bar } = this.navigator;
    const texts: Record<string, string> = {};
    if (curve !== null && bar !== null && bar < curve.times.length) {
      texts['date'] = dateText(curve.times[bar]!);
      texts['equity'] = moneyText(curve.equity[bar]!);
      texts['gross'] = moneyText(curve.gross[bar]!);
      texts['net'] = moneyText(curve.net[bar]!);
    }
    this.numbers.show(texts);
    const label = `Equity over ${integer(curve?.times.length ?? 0)} bars. ${CHART_KEYS}`;
    if (this.chart.overlay.getAttribute('aria-label') !== label) {
      this.chart.overlay.setAttribute('aria-label', label);
    }
    this.redrawOverlay.request();
  }
}

function heading(words: string): HTMLElement {
  return element('h4', 'jp-SpreadlabPortfolio-heading', {}, words);
}
