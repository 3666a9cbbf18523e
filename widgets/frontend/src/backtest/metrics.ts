import { element } from '../shared/dom';
import { integer, short } from '../shared/format';
import type { Figure, Metrics } from './data';

/** A figure as a reader wants it: percentages with their sign in the label's unit. */
export function figureText(value: Figure, kind: string): string {
  if (value === null) {
    return 'n/a';
  }
  if (typeof value === 'string') {
    return '∞';
  }
  if (kind === 'percent') {
    return `${short(100 * value)} %`;
  }
  return kind === 'integer' ? integer(value) : short(value);
}

/** What the deflated figure is, in words. */
export function trialWords({ n_trials, n_effective }: Metrics): string {
  const trials = `${integer(n_trials)} ${n_trials === 1 ? 'trial' : 'trials'}`;
  return n_trials === 0
    ? 'no trial is on record in this study'
    : `${trials} in this study, worth ${short(Math.max(n_effective, 1))} independent ones`;
}

/** Figures in and out of sample, the naive Sharpe ratio beside the deflated one. */
export class MetricsTable {
  readonly node = element('div', 'jp-SpreadlabBacktest-metrics', {
    // Scrolls where it is narrow, by keyboard too.
    tabindex: '0',
    role: 'group',
    'aria-label': 'Metrics'
  });

  show(metrics: Metrics | null): void {
    this.node.replaceChildren(...(metrics === null ? [] : parts(metrics)));
  }
}

function parts(metrics: Metrics): HTMLElement[] {
  return [sharpeTable(metrics), figuresTable(metrics)];
}

function sharpeTable(metrics: Metrics): HTMLElement {
  const node = table('Sharpe ratio', [
    'Sharpe ratio',
    'naive, a year',
    'P(skill), one trial',
    'P(skill), deflated'
  ]);
  const body = element('tbody', '');
  metrics.parts.forEach((name, k) => {
    const { naive, stderr, probabilistic, deflated } = metrics.sharpe[k]!;
    const row = element('tr', '', { 'data-part': name });
    const error = typeof stderr === 'number' ? ` ± ${short(stderr, 2)}` : '';
    row.append(
      element('th', '', { scope: 'row' }, name),
      element(
        'td',
        'jp-mod-strong',
        {
          'data-figure': 'naive',
          title: `${naive ?? 'n/a'}, with its standard error`
        },
        figureText(naive, 'number') + error
      ),
      element(
        'td',
        '',
        {
          'data-figure': 'probabilistic',
          title:
            'probability that the true ratio is above 0, if this was the only trial'
        },
        figureText(probabilistic, 'percent')
      ),
      element(
        'td',
        'jp-mod-strong',
        {
          'data-figure': 'deflated',
          title: `the same, above the best of ${trialWords(metrics)}`
        },
        figureText(deflated, 'percent')
      )
    );
    body.append(row);
  });
  node.append(body);
  const note = element('caption', '', {}, `${capital(trialWords(metrics))}.`);
  node.prepend(note);
  return node;
}

function figuresTable(metrics: Metrics): HTMLElement {
  const node = table('Metrics', ['metric', ...metrics.parts]);
  const body = element('tbody', '');
  for (const { name, label, kind, title, values } of metrics.rows) {
    const row = element('tr', '', { 'data-metric': name });
    row.append(
      element('th', '', { scope: 'row', title }, label),
      ...values.map(value =>
        element(
          'td',
          '',
          { title: value === null ? 'does not exist' : String(value) },
          figureText(value, kind)
        )
      )
    );
    body.append(row);
  }
  node.append(body);
  return node;
}

function table(label: string, heads: readonly string[]): HTMLTableElement {
  const node = element('table', 'jp-SpreadlabBacktest-table', {
    'aria-label': label
  });
  const head = element('thead', '');
  const row = element('tr', '');
  row.append(...heads.map(text => element('th', '', { scope: 'col' }, text)));
  head.append(row);
  node.append(head);
  return node;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
