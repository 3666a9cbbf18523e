import { element } from '../shared/dom';
import type { PairData } from './data';
import { flagIcon } from './flags';
import { ROW_HEIGHT, type RowWindow } from '../shared/rowWindow';

/** What the rows in sight are made of. */
export interface Picture {
  data: PairData;
  /** Rows of the data in the order shown. */
  shown: Int32Array;
  /** Columns of the data that are shown. */
  columns: readonly number[];
  /** Row of the data that is selected, −1 for none. */
  selected: number;
  /** Place of the keyboard's row. */
  active: number;
}

interface Row {
  node: HTMLElement;
  cells: HTMLElement[];
  place: number;
}

/** The rows in sight; nodes that scroll out at one end come in again at the other. */
export class Rows {
  readonly node = element('div', 'jp-SpreadlabTable-rows', {
    role: 'rowgroup'
  });
  private rows: Row[] = [];

  constructor(private readonly id: string) {}

  /** Forget what is in sight: the next drawing writes every row anew. */
  reset(): void {
    this.rows = [];
    this.node.replaceChildren();
  }

  rowId(place: number): string {
    return `${this.id}-${place}`;
  }

  draw(picture: Picture, { first, end }: RowWindow): void {
    const kept = new Map<number, Row>();
    const free: Row[] = [];
    for (const row of this.rows) {
      if (row.place >= first && row.place < end) {
        kept.set(row.place, row);
      } else {
        free.push(row);
      }
    }
    const rows: Row[] = [];
    for (let place = first; place < end; place++) {
      let row = kept.get(place);
      if (row === undefined) {
        row = free.pop() ?? makeRow(picture);
        this.fill(row, picture, place);
      }
      mark(row, picture);
      rows.push(row);
    }
    for (const { node } of free) {
      node.remove();
    }
    // Screen readers read them in the order of the document.
    let next: ChildNode | null = this.node.firstChild;
    for (const { node } of rows) {
      if (node === next) {
        next = node.nextSibling;
      } else {
        this.node.insertBefore(node, next);
      }
    }
    this.rows = rows;
  }

  private fill(
    row: Row,
    { data, shown, columns }: Picture,
    place: number
  ): void {
    const { node, cells } = row;
    const source = shown[place]!;
    row.place = place;
    node.id = this.rowId(place);
    node.style.top = `${place * ROW_HEIGHT}px`;
    node.setAttribute('aria-rowindex', String(place + 2));
    node.dataset['place'] = String(place);
    node.dataset['pair'] = data.pair(source).join('|');
    cells[0]!.textContent = data.name(source);
    cells[0]!.append(...marks(data, columns, source));
    columns.forEach((column, k) => {
      const cell = cells[k + 1]!;
      if (data.columns[column]!.kind === 'flags') {
        cell.replaceChildren(
          ...data.flags(column, source).map(({ kind, text, title }) => {
            const flag = element('span', 'jp-SpreadlabTable-flag', { title });
            flag.append(flagIcon(kind), text);
            return flag;
          })
        );
      } else {
        cell.textContent = data.text(column, source);
        cell.title = data.fullText(column, source);
      }
    });
  }
}

/** The flags as small pictures, where there is no room for the column of their words. */
function marks(
  data: PairData,
  columns: readonly number[],
  source: number
): HTMLElement[] {
  const flags = data.columns.findIndex(({ kind }) => kind === 'flags');
  if (flags === -1 || columns.includes(flags)) {
    return [];
  }
  return data.flags(flags, source).map(({ kind, text, title }) => {
    const mark = element('span', 'jp-SpreadlabTable-mark', {
      title,
      role: 'img',
      'aria-label': text
    });
    mark.append(flagIcon(kind));
    return mark;
  });
}

function makeRow({ data, columns }: Picture): Row {
  const node = element('div', 'jp-SpreadlabTable-row', { role: 'row' });
  const cells = [
    element('div', 'jp-SpreadlabTable-cell', {
      role: 'rowheader',
      'data-column': 'pair'
    }),
    ...columns.map(column => {
      const { name, kind } = data.columns[column]!;
      return element('div', 'jp-SpreadlabTable-cell', {
        role: 'gridcell',
        'data-column': name,
        'data-kind': kind
      });
    })
  ];
  node.append(...cells);
  return { node, cells, place: -1 };
}

function mark(
  { node, place }: Row,
  { shown, selected, active }: Picture
): void {
  node.setAttribute('aria-selected', String(shown[place] === selected));
  node.classList.toggle('jp-mod-active', place === active);
}
