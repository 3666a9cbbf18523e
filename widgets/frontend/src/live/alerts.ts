import { Choice } from '../shared/controls';
import { dateText } from '../shared/dates';
import { element, throttle, type Cleanup } from '../shared/dom';
import { integer, short } from '../shared/format';
import type { AlertRow } from './data';

/** As in `live_alerts.py`. */
const SHOWN = 200;
/** A screen reader says the newest alert at most this often (ms). */
const SAID_EVERY = 4000;

type Filter = 'all' | 'pair' | 'breaking';

/** What a kind is called. */
export const KINDS: Readonly<Record<string, string>> = {
  crossing: 'crossing',
  stop: 'stop',
  stale: 'stale data',
  half_life: 'breaking: half-life',
  pvalue: 'breaking: p-value',
  cusum: 'breaking: CUSUM',
  out_of_band: 'breaking: out of band',
  limit: 'limit',
  refused: 'refused'
};

/** The numbers of an alert: "signal 2.10, before 1.90". */
export function numbersText(numbers: AlertRow['numbers']): string {
  return Object.entries(numbers)
    .map(([name, value]) => {
      const number =
        value === null
          ? NaN
          : typeof value === 'string'
            ? value === 'inf'
              ? Infinity
              : -Infinity
            : value;
      return `${name.replaceAll('_', ' ')} ${short(number)}`;
    })
    .join(', ');
}

/** What a person should look at, the newest first. */
export class AlertList {
  readonly node = element('section', 'jp-SpreadlabLive-alerts', {
    'aria-label': 'Alerts'
  });
  private readonly title = element('h4', 'jp-SpreadlabLive-heading');
  private readonly list = element('ul', 'jp-SpreadlabLive-items', {
    tabindex: '0',
    'aria-label': 'Alerts, the newest first'
  });
  private readonly said = element('div', 'jp-Spreadlab-hidden', {
    role: 'status',
    'aria-live': 'polite'
  });
  private readonly filters: Choice<Filter>;
  private alerts: AlertRow[] = [];
  private filter: Filter = 'all';
  private pair: string | null = null;
  private count = 0;
  private readonly say = throttle(() => {
    this.said.textContent = this.alerts[0]?.words ?? '';
  }, SAID_EVERY);

  constructor(cleanup: Cleanup) {
    this.filters = new Choice<Filter>(
      'show',
      [
        ['all', 'all', 'Alerts of all pairs'],
        ['pair', 'chosen pair', 'Alerts of the pair on the chart'],
        ['breaking', 'breaking', 'That a relationship may be breaking']
      ],
      filter => {
        this.filter = filter;
        this.filters.show(filter);
        this.draw();
      }
    );
    this.filters.show('all');
    const top = element('div', 'jp-SpreadlabLive-bar');
    top.append(this.title, this.filters.node);
    this.node.append(top, this.list, this.said);
    cleanup.add(this.say.cancel);
    this.draw();
  }

  /** More alerts, the newest last; or all there are. */
  add(alerts: readonly AlertRow[], again: boolean): void {
    if (again) {
      this.alerts = [];
      this.count = 0;
    }
    this.count += alerts.length;
    const newest = [...alerts].reverse();
    this.alerts = [...newest, ...this.alerts].slice(0, SHOWN);
    if (again) {
      this.draw();
      return;
    }
    this.list.prepend(
      ...newest.filter(alert => this.wants(alert)).map(alert => item(alert))
    );
    while (this.list.children.length > SHOWN) {
      this.list.lastElementChild!.remove();
    }
    this.showTitle();
    if (alerts.length > 0) {
      this.say.request();
    }
  }

  /** The pair on the chart. */
  select(pair: string | null): void {
    if (pair !== this.pair) {
      this.pair = pair;
      if (this.filter === 'pair') {
        this.draw();
      }
    }
  }

  private wants(alert: AlertRow): boolean {
    return (
      this.filter === 'all' ||
      (this.filter === 'breaking' ? alert.breaking : alert.pair === this.pair)
    );
  }

  private draw(): void {
    this.list.replaceChildren(
      ...this.alerts.filter(alert => this.wants(alert)).map(item)
    );
    this.showTitle();
  }

  private showTitle(): void {
    const shown = this.list.children.length;
    const text =
      shown === 0
        ? 'No alerts'
        : `${integer(shown)} ${shown === 1 ? 'alert' : 'alerts'}`;
    if (this.title.textContent !== text) {
      this.title.textContent = text;
    }
  }
}

function item(alert: AlertRow): HTMLElement {
  const node = element('li', 'jp-SpreadlabLive-alert', {
    'data-kind': alert.breaking ? 'breaking' : alert.kind
  });
  const numbers = numbersText(alert.numbers);
  node.append(
    element('time', '', {}, dateText(alert.time)),
    element(
      'span',
      'jp-SpreadlabLive-kind',
      {},
      KINDS[alert.kind] ?? alert.kind
    ),
    element('span', 'jp-SpreadlabLive-said', {}, alert.words),
    element('span', 'jp-SpreadlabLive-numbers', {}, numbers)
  );
  return node;
}
