import { element } from '../shared/dom';
import { PAIR, type ColumnSpec } from './data';

export interface SortState {
  name: string;
  ascending: boolean;
}

/** The header row: one button a column, which says and changes the order. */
export class Header {
  readonly node = element('div', 'jp-SpreadlabTable-header', {
    role: 'row',
    'aria-rowindex': '1'
  });
  private cells = new Map<string, HTMLElement>();

  constructor(private readonly onSort: (name: string) => void) {}

  build(columns: readonly ColumnSpec[]): void {
    this.cells.clear();
    const pair = {
      name: PAIR,
      label: 'pair',
      title:
        'dependent and hedge: spread = dependent − ratio × hedge − intercept'
    };
    this.node.replaceChildren(
      ...[pair, ...columns].map(({ name, label, title }, index) => {
        const cell = element('div', 'jp-SpreadlabTable-head', {
          role: 'columnheader',
          'aria-colindex': String(index + 1),
          'data-column': name
        });
        const button = element('button', 'jp-SpreadlabTable-sort', {
          type: 'button',
          title
        });
        button.append(
          element('span', 'jp-SpreadlabTable-label', {}, label),
          element('span', 'jp-SpreadlabTable-arrow', { 'aria-hidden': 'true' })
        );
        button.addEventListener('click', () => {
          this.onSort(name);
        });
        cell.append(button);
        this.cells.set(name, cell);
        return cell;
      })
    );
  }

  show({ name, ascending }: SortState): void {
    for (const [column, cell] of this.cells) {
      const here = column === name;
      cell.setAttribute(
        'aria-sort',
        here ? (ascending ? 'ascending' : 'descending') : 'none'
      );
      cell.querySelector('.jp-SpreadlabTable-arrow')!.textContent = here
        ? ascending
          ? '▲'
          : '▼'
        : '';
    }
  }
}
