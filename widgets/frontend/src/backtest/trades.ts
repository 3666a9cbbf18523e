import { dateText } from '../shared/dates';
import { element, uniqueId, write, type Cleanup } from '../shared/dom';
import { integer, short } from '../shared/format';
import { RowScroll } from '../shared/rowScroll';
import { ROW_HEIGHT, type RowWindow } from '../shared/rowWindow';
import type { Account, Trades } from './data';
import { ordered, partName, type Column } from './trades_order';

const COLUMNS: readonly [Column, string, string][] = [
  ['number', '#', 'number of the trade'],
  ['part', 'sample', 'in or out of sample'],
  ['direction', 'side', 'long buys the spread, short sells it'],
  ['entry', 'entry', 'bar of the first fill'],
  ['exit', 'exit', 'bar of the last fill'],
  ['holding', 'bars', 'bars from fill to fill'],
  ['pnl', 'profit, %', 'after all costs, per cent of capital'],
  ['mae', 'worst, %', 'lowest profit marked at a close, per cent of capital'],
  ['mfe', 'best, %', 'highest profit marked at a close, per cent of capital'],
  ['costs', 'costs, %', 'commission, slippage and borrow, per cent of capital'],
  ['reason', 'left by', 'why the trade ended']
];
/** As in the stylesheet. */
const HEIGHT = 312;

/** Round trips: sorts by any column, moves and selects by keyboard. */
export class TradesTable {
  readonly node = element('div', 'jp-SpreadlabTrades');
  private readonly id = uniqueId('spreadlab-trades');
  private readonly count = element('h4', 'jp-SpreadlabBacktest-heading');
  private readonly scroller = element('div', 'jp-SpreadlabTrades-scroller', {
    role: 'grid',
    tabindex: '0',
    'aria-label': 'Trades: arrow keys move, Enter selects, Escape deselects',
    'aria-colcount': String(COLUMNS.length),
    // Arrow keys belong to the table here, not to the notebook's shortcuts.
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly header = element('div', 'jp-SpreadlabTrades-header', {
    role: 'row',
    'aria-rowindex': '1'
  });
  private readonly rows = element('div', 'jp-SpreadlabTrades-rows', {
    role: 'rowgroup'
  });
  private trades: Trades | null = null;
  private account: Account | null = null;
  private order: Int32Array = new Int32Array();
  private sort: { column: Column; ascending: boolean } = {
    column: 'number',
    ascending: true
  };
  private selected: number | null = null;
  private readonly scroll: RowScroll;
  private readonly drawn: Row[] = [];

  constructor(
    cleanup: Cleanup,
    private readonly chosen: (trade: number | null) => void
  ) {
    const heads = element('div', '', { role: 'rowgroup' });
    heads.append(this.header);
    this.scroller.append(heads, this.rows);
    this.node.append(this.count, this.scroller);
    for (const [column, label, title] of COLUMNS) {
      this.header.append(this.head(column, label, title));
    }
    this.scroll = new RowScroll(
      this.scroller,
      this.header,
      {
        count: () => this.order.length,
        rowId: place => `${this.id}-${place}`,
        draw: sight => {
          this.drawRows(sight);
        },
        choose: place => {
          this.choose(place);
        },
        leave: () => {
          this.chosen(null);
        }
      },
      cleanup,
      HEIGHT
    );
  }

  show(trades: Trades | null, account: Account | null): void {
    this.trades = trades;
    this.account = account;
    this.arrange();
  }

  select(trade: number | null): void {
    this.selected = trade;
    const place = trade === null ? -1 : this.order.indexOf(trade);
    if (place !== -1) {
      this.scroll.activate(place);
    }
    this.scroll.redraw.request();
  }

  private head(column: Column, label: string, title: string): HTMLElement {
    const node = element('div', 'jp-SpreadlabTrades-head', {
      role: 'columnheader',
      'data-column': column,
      title
    });
    const press = element(
      'button',
      'jp-SpreadlabTrades-sort',
      { type: 'button' },
      label
    );
    press.addEventListener('click', () => {
      const again = this.sort.column === column;
      this.sort = { column, ascending: again ? !this.sort.ascending : true };
      this.arrange();
    });
    node.append(press);
    return node;
  }

  private arrange(): void {
    const { trades, sort } = this;
    this.order =
      trades === null
        ? new Int32Array()
        : ordered(trades, sort.column, sort.ascending);
    for (const head of this.header.children) {
      const column = (head as HTMLElement).dataset['column'];
      const direction = sort.ascending ? 'ascending' : 'descending';
      head.setAttribute(
        'aria-sort',
        column === sort.column ? direction : 'none'
      );
    }
    const { length } = this.order;
    this.count.textContent =
      trades === null
        ? 'Trades'
        : length === 0
          ? 'No trades'
          : `${integer(length)} ${length === 1 ? 'trade' : 'trades'}`;
    this.scroller.setAttribute('aria-rowcount', String(length + 1));
    this.rows.style.height = `${length * ROW_HEIGHT}px`;
    this.select(this.selected);
  }

  private choose(place: number): void {
    const trade = this.order[place];
    if (trade !== undefined) {
      this.scroll.active = place;
      this.chosen(trade);
    }
  }

  /** Rows are written over, not made anew: what stays the same need not be laid out again. */
  private drawRows({ first, end }: RowWindow): void {
    const { trades, account } = this;
    const count =
      trades === null || account === null ? 0 : Math.max(end - first, 0);
    for (const { node } of this.drawn.splice(count)) {
      node.remove();
    }
    while (this.drawn.length < count) {
      const row = makeRow();
      this.drawn.push(row);
      this.rows.append(row.node);
    }
    if (trades !== null && account !== null) {
      this.drawn.forEach((row, k) => {
        this.fill(row, trades, account, first + k);
      });
    }
  }

  private fill(
    { node, cells }: Row,
    trades: Trades,
    account: Account,
    place: number
  ): void {
    const trade = this.order[place]!;
    put(node, 'id', `${this.id}-${place}`);
    put(node, 'aria-rowindex', String(place + 2));
    put(node, 'aria-selected', String(trade === this.selected));
    put(node, 'data-place', String(place));
    put(node, 'data-trade', String(trade));
    put(node, 'data-side', trades.direction[trade]! > 0 ? 'long' : 'short');
    node.classList.toggle('jp-mod-active', place === this.scroll.active);
    node.style.top = `${place * ROW_HEIGHT}px`;
    COLUMNS.forEach(([column], k) => {
      const { text, title } = cell(trades, account, column, trade);
      const at = cells[k]!;
      write(at, text);
      put(at, 'title', title);
    });
  }
}

interface Row {
  node: HTMLElement;
  cells: HTMLElement[];
}

function makeRow(): Row {
  const node = element('div', 'jp-SpreadlabTrades-row', { role: 'row' });
  const cells = COLUMNS.map(([column]) =>
    element('div', 'jp-SpreadlabTrades-cell', {
      role: column === 'number' ? 'rowheader' : 'gridcell',
      'data-column': column
    })
  );
  node.append(...cells);
  return { node, cells };
}

function put(node: HTMLElement, name: string, value: string): void {
  if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

function cell(
  trades: Trades,
  account: Account,
  column: Column,
  trade: number
): { text: string; title: string } {
  const plain = (text: string): { text: string; title: string } => ({
    text,
    title: ''
  });
  switch (column) {
    case 'number':
      return plain(integer(trade + 1));
    case 'part':
      return plain(partName(account.parts, trades, trade).split(' ')[0] ?? '');
    case 'direction':
      return plain(trades.direction[trade]! > 0 ? '▲ long' : '▼ short');
    case 'entry':
    case 'exit': {
      const bar = trades[column][trade]!;
      const title = `bar ${integer(bar)}`;
      return {
        text: account.times === null ? title : dateText(account.times[bar]!),
        title
      };
    }
    case 'holding':
      return plain(integer(trades.holding[trade]!));
    case 'reason':
      return plain(
        (trades.reasons[trades.reason[trade]!] ?? '').replace('_', ' ')
      );
    default:
      return {
        text: short(trades[column][trade]!),
        title: String(trades[column][trade]!)
      };
  }
}
