import { dateText } from '../shared/dates';
import { element } from '../shared/dom';
import { integer, short } from '../shared/format';
import {
  numberOf,
  PARTS,
  type EventRow,
  type Figure,
  type LimitRow,
  type Part,
  type Summary
} from './data';
import { moneyText, partLabel } from './tables';

/** As in `portfolio_wire.py`. */
const EVENTS = 200;

/** Fields with names and values that change in place. */
export class Facts {
  readonly node: HTMLElement;
  private readonly values = new Map<string, HTMLElement>();

  constructor(
    className: string,
    label: string,
    fields: readonly (readonly [string, string, string])[]
  ) {
    this.node = element('dl', className, { 'aria-label': label });
    for (const [name, text, title] of fields) {
      const group = element('div', 'jp-SpreadlabPortfolio-fact', { title });
      const value = element('dd', '', { 'data-figure': name }, '–');
      group.append(element('dt', '', {}, text), value);
      this.values.set(name, value);
      this.node.append(group);
    }
  }

  set(name: string, text: string, full = ''): void {
    const node = this.values.get(name);
    if (node !== undefined && node.textContent !== text) {
      node.textContent = text;
      node.title = full;
    }
  }
}

export function summaryFacts(): Facts {
  return new Facts('jp-SpreadlabPortfolio-summary', 'The book', [
    ['equity', 'equity', 'capital plus the profit of every pair'],
    ['pnl', 'P&L', 'after all costs'],
    ['day', 'P&L today', 'since the close of the trading day before'],
    ['gross', 'gross', 'what is held and what is sold short'],
    ['net', 'net', 'what is held less what is sold short'],
    ['long', 'long', 'value held'],
    ['short', 'short', 'value sold short'],
    ['held', 'pairs held', 'that are not flat'],
    ['time', 'at', 'end of the last bar']
  ]);
}

export function showSummary(facts: Facts, summary: Summary): void {
  const money = (name: string, value: Figure): void => {
    facts.set(name, moneyText(numberOf(value)), String(value));
  };
  for (const name of [
    'equity',
    'pnl',
    'day',
    'gross',
    'net',
    'long',
    'short'
  ] as const) {
    money(name, summary[name]);
  }
  facts.set('held', integer(summary.held));
  facts.set('time', summary.time === null ? '–' : dateText(summary.time));
}

export function attributionFacts(): Facts {
  return new Facts(
    'jp-SpreadlabPortfolio-attribution',
    'Where the profit comes from',
    [
      ...PARTS.map(part => [part, ...partLabel(part)] as const),
      ['total', 'total', 'the profit after costs']
    ]
  );
}

export function showAttribution(
  facts: Facts,
  attribution: Record<Part, Figure>,
  total: Figure
): void {
  for (const part of PARTS) {
    const value = attribution[part];
    facts.set(part, moneyText(numberOf(value)), String(value));
  }
  facts.set('total', moneyText(numberOf(total)), String(total));
}

/** How much of each limit is used: a bar, and in words. */
export class Limits {
  readonly node = element('ul', 'jp-SpreadlabPortfolio-limits', {
    'aria-label': 'Limits'
  });
  private readonly rows = new Map<
    string,
    { node: HTMLElement; words: HTMLElement; bar: HTMLElement }
  >();

  show(limits: readonly LimitRow[]): void {
    for (const limit of limits) {
      const { node, words, bar } = this.rows.get(limit.name) ?? this.add(limit);
      const share = Math.min(limit.share ?? 0, 1);
      bar.style.width = `${(100 * share).toFixed(1)}%`;
      node.dataset['full'] = String((limit.share ?? 0) >= 1);
      node.classList.toggle('jp-mod-none', limit.limit === null);
      const used =
        limit.share === null ? '' : `: ${short(100 * limit.share, 2)} % used`;
      if (words.textContent !== limit.words + used) {
        words.textContent = limit.words + used;
      }
    }
  }

  private add(limit: LimitRow): {
    node: HTMLElement;
    words: HTMLElement;
    bar: HTMLElement;
  } {
    const node = element('li', 'jp-SpreadlabPortfolio-limit', {
      'data-limit': limit.name
    });
    const words = element('span', '');
    const track = element('span', 'jp-SpreadlabPortfolio-track', {
      'aria-hidden': 'true'
    });
    const bar = element('span', 'jp-SpreadlabPortfolio-used');
    track.append(bar);
    node.append(words, track);
    this.node.append(node);
    const row = { node, words, bar };
    this.rows.set(limit.name, row);
    return row;
  }
}

/** What happened, the newest first; the last refusal or limit stands above. */
export class Events {
  readonly node = element('section', 'jp-SpreadlabPortfolio-events', {
    'aria-label': 'Events'
  });
  private readonly title = element('h4', 'jp-SpreadlabPortfolio-heading');
  private readonly list = element('ul', 'jp-SpreadlabPortfolio-items', {
    tabindex: '0',
    'aria-label': 'Events, the newest first'
  });

  /** @param said - told the words of a refusal, or of a limit that was hit */
  constructor(private readonly said: (words: string) => void) {
    this.node.append(this.title, this.list);
    this.showTitle();
  }

  add(events: readonly EventRow[], again: boolean): void {
    const nodes = [...events].reverse().map(item);
    if (again) {
      this.list.replaceChildren(...nodes);
    } else {
      this.list.prepend(...nodes);
    }
    while (this.list.children.length > EVENTS) {
      this.list.lastElementChild!.remove();
    }
    this.showTitle();
    const last = events.filter(isNo).at(-1);
    if (last !== undefined) {
      this.said(`${dateText(last.time)} ${last.words}`);
    } else if (again) {
      this.said('');
    }
  }

  private showTitle(): void {
    const { length } = this.list.children;
    const text =
      length === 0
        ? 'No events'
        : `${integer(length)} ${length === 1 ? 'event' : 'events'}`;
    if (this.title.textContent !== text) {
      this.title.textContent = text;
    }
  }
}

function isNo(event: EventRow): boolean {
  return event.kind === 'refused' || event.kind === 'limit';
}

function item(event: EventRow): HTMLElement {
  const node = element('li', 'jp-SpreadlabPortfolio-event', {
    'data-kind': event.kind
  });
  node.append(
    element('time', '', {}, event.time === 0 ? '' : dateText(event.time)),
    element('span', 'jp-SpreadlabPortfolio-kind', {}, event.kind),
    element('span', '', {}, event.words)
  );
  return node;
}
