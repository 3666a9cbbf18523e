import { element } from '../shared/dom';
import { PAIR, type ColumnKind, type ColumnSpec } from './data';
import { ALLOWED, numberTest } from './filter';

export interface SortState {
  name: string;
  ascending: boolean;
}

export interface HeaderListener {
  onSort: (name: string) => void;
  onFilter: (name: string, text: string) => void;
}

interface Head {
  cell: HTMLElement;
  arrow: HTMLElement;
  filter: HTMLInputElement;
  kind: ColumnKind | 'pair';
}

const EXAMPLES: Readonly<Record<ColumnKind | 'pair', string>> = {
  pair: 'symbols',
  number: '5 .. 30',
  pvalue: '< .05',
  integer: '>= 2',
  level: 'BH',
  flags: 'stale'
};

/** The header row: a button a column, which says and changes the order, and a field to filter. */
export class Header {
  readonly node = element('div', 'jp-SpreadlabTable-header', {
    role: 'row',
    'aria-rowindex': '1'
  });
  private heads = new Map<string, Head>();

  constructor(private readonly listener: HeaderListener) {}

  build(columns: readonly ColumnSpec[]): void {
    this.heads.clear();
    const pair = {
      name: PAIR,
      label: 'pair',
      title:
        'dependent and hedge: spread = dependent − ratio × hedge − intercept',
      kind: PAIR
    } as const;
    this.node.replaceChildren(
      ...[pair, ...columns].map(({ name, label, title, kind }, index) => {
        const cell = element('div', 'jp-SpreadlabTable-head', {
          role: 'columnheader',
          'aria-colindex': String(index + 1),
          'data-column': name,
          'data-kind': kind
        });
        const button = element('button', 'jp-SpreadlabTable-sort', {
          type: 'button',
          title
        });
        const arrow = element('span', 'jp-SpreadlabTable-arrow', {
          'aria-hidden': 'true'
        });
        button.append(
          element('span', 'jp-SpreadlabTable-label', {}, label),
          arrow
        );
        button.addEventListener('click', () => {
          this.listener.onSort(name);
        });
        const filter = element('input', 'jp-SpreadlabTable-filter', {
          type: 'text',
          placeholder: EXAMPLES[kind],
          'aria-label': `Filter by ${label}`,
          spellcheck: 'false'
        });
        filter.addEventListener('input', () => {
          this.listener.onFilter(name, filter.value);
        });
        cell.append(button, filter);
        this.heads.set(name, { cell, arrow, filter, kind });
        return cell;
      })
    );
  }

  show({ name, ascending }: SortState): void {
    for (const [column, { cell, arrow }] of this.heads) {
      const here = column === name;
      cell.setAttribute(
        'aria-sort',
        here ? (ascending ? 'ascending' : 'descending') : 'none'
      );
      arrow.textContent = here ? (ascending ? '▲' : '▼') : '';
    }
  }

  /** Show the fields with their conditions; one that can't be read says so. */
  showFilters(open: boolean, filters: Readonly<Record<string, string>>): void {
    this.node.classList.toggle('jp-mod-filters', open);
    for (const [column, { filter, kind }] of this.heads) {
      const text = filters[column] ?? '';
      if (filter !== document.activeElement && filter.value !== text) {
        filter.value = text;
      }
      filter.hidden = !open;
      const readable = isReadable(kind, filter.value);
      filter.setAttribute('aria-invalid', String(!readable));
      filter.title = readable ? '' : `must be ${ALLOWED}`;
    }
  }
}

/** Whether the kernel would take a condition on a column of this kind. */
export function isReadable(kind: ColumnKind | 'pair', text: string): boolean {
  return ['pair', 'level', 'flags'].includes(kind)
    ? true
    : numberTest(text) !== undefined;
}
