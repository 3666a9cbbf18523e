import { element, write } from './dom';

/** A column of a table whose numbers change in place. */
export interface LiveColumn<R> {
  name: string;
  label: string;
  title: string;
  /** What a cell says; an element is put there once and kept. */
  text: (row: R) => string;
  /** Set on the cell as `data-side`, for colours. */
  side?: (row: R) => string;
  /** The full value, on hover. */
  full?: (row: R) => string;
  /** Made once a row, and told of newer ones. */
  control?: (key: string) => {
    node: HTMLElement;
    show: (row: R) => void;
  };
}

interface Known<R> {
  node: HTMLElement;
  cells: HTMLElement[];
  controls: ((row: R) => void)[];
}

/** Rows by key: a row stays the same element, so that focus and selected text stay as well. */
export class LiveTable<R> {
  readonly node: HTMLElement;
  private readonly body = element('tbody', '');
  private readonly rows = new Map<string, Known<R>>();
  private readonly empty: HTMLElement;

  constructor(
    label: string,
    private readonly columns: readonly LiveColumn<R>[],
    private readonly key: (row: R) => string,
    emptyText: string
  ) {
    const table = element('table', 'jp-Spreadlab-liveTable', {
      'aria-label': label
    });
    const head = element('tr', '');
    for (const { name, label: text, title } of columns) {
      head.append(
        element('th', '', { scope: 'col', title, 'data-column': name }, text)
      );
    }
    const heads = element('thead', '');
    heads.append(head);
    table.append(heads, this.body);
    this.empty = element('p', 'jp-Spreadlab-liveEmpty', {}, emptyText);
    this.node = element('div', 'jp-Spreadlab-liveScroller', {
      // Scrolls where it is narrow, by keyboard too.
      tabindex: '0',
      role: 'group',
      'aria-label': label
    });
    this.node.append(table, this.empty);
  }

  show(rows: readonly R[]): void {
    this.empty.hidden = rows.length > 0;
    const wanted = new Set(rows.map(this.key));
    for (const [key, { node }] of this.rows) {
      if (!wanted.has(key)) {
        node.remove();
        this.rows.delete(key);
      }
    }
    rows.forEach((row, place) => {
      const known = this.rows.get(this.key(row)) ?? this.add(this.key(row));
      if (this.body.children[place] !== known.node) {
        this.body.insertBefore(known.node, this.body.children[place] ?? null);
      }
      this.fill(known, row);
    });
  }

  private add(key: string): Known<R> {
    const node = element('tr', '', { 'data-key': key });
    const controls: ((row: R) => void)[] = [];
    const cells = this.columns.map(({ name, control }, k) => {
      const cell =
        k === 0
          ? element('th', '', { scope: 'row', 'data-column': name })
          : element('td', '', { 'data-column': name });
      if (control !== undefined) {
        const made = control(key);
        cell.append(made.node);
        controls.push(made.show);
      }
      return cell;
    });
    node.append(...cells);
    const known = { node, cells, controls };
    this.rows.set(key, known);
    return known;
  }

  private fill({ cells, controls }: Known<R>, row: R): void {
    this.columns.forEach(({ text, side, full, control }, k) => {
      const cell = cells[k]!;
      if (control === undefined) {
        write(cell, text(row));
        const title = full?.(row) ?? '';
        if (cell.title !== title) {
          cell.title = title;
        }
      }
      const colour = side?.(row) ?? '';
      if ((cell.dataset['side'] ?? '') !== colour) {
        cell.dataset['side'] = colour;
      }
    });
    for (const show of controls) {
      show(row);
    }
  }
}
