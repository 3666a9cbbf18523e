import { dateText } from '../shared/dates';
import { element, oncePerFrame, uniqueId, type Cleanup } from '../shared/dom';
import { integer, short } from '../shared/format';
import { moveRow, ROW_HEIGHT, scrollToRow, visibleRows } from '../table/window';
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
const HEAD = 28;
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
  private active = 0;
  private selected: number | null = null;
  private readonly redraw = oncePerFrame(() => {
    this.drawRows();
  });

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
    cleanup.listen(this.scroller, 'scroll', this.redraw.request);
    cleanup.listen(this.scroller, 'keydown', event => {
      this.press(event);
    });
    cleanup.listen(this.rows, 'click', event => {
      const row = (event.target as Element).closest('[role="row"]');
      if (row instanceof HTMLElement) {
        this.choose(Number(row.dataset['place']));
      }
    });
    const sizes = new ResizeObserver(this.redraw.request);
    sizes.observe(this.scroller);
    cleanup.add(() => {
      sizes.disconnect();
      this.redraw.cancel();
    });
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
      this.activate(place);
    }
    this.redraw.request();
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
    this.drawRows();
  }

  private viewHeight(): number {
    // Off the page it has no height; the rows that will be seen are there all the same.
    return Math.max((this.scroller.clientHeight || HEIGHT) - HEAD, 0);
  }

  private activate(place: number): void {
    this.active = place;
    this.scroller.scrollTop = scrollToRow(
      place,
      this.scroller.scrollTop,
      this.viewHeight()
    );
    this.redraw.request();
  }

  private choose(place: number): void {
    const trade = this.order[place];
    if (trade !== undefined) {
      this.active = place;
      this.chosen(trade);
    }
  }

  private press(event: KeyboardEvent): void {
    const onHeader = event.target !== this.scroller;
    if (onHeader || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const page = Math.max(Math.floor(this.viewHeight() / ROW_HEIGHT) - 1, 1);
    const place = moveRow(this.active, this.order.length, page, event.key);
    if (place !== undefined) {
      this.activate(Math.max(place, 0));
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.choose(this.active);
    } else if (event.key === 'Escape') {
      this.chosen(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private drawRows(): void {
    const { trades, account } = this;
    if (trades === null || account === null) {
      this.rows.replaceChildren();
      return;
    }
    const { first, end } = visibleRows(
      this.scroller.scrollTop,
      this.viewHeight(),
      this.order.length
    );
    const nodes: HTMLElement[] = [];
    for (let place = first; place < end; place++) {
      nodes.push(this.rowNode(trades, account, place));
    }
    this.rows.replaceChildren(...nodes);
    if (this.active >= first && this.active < end) {
      const id = `${this.id}-${this.active}`;
      this.scroller.setAttribute('aria-activedescendant', id);
    } else {
      this.scroller.removeAttribute('aria-activedescendant');
    }
  }

  private rowNode(
    trades: Trades,
    account: Account,
    place: number
  ): HTMLElement {
    const trade = this.order[place]!;
    const node = element('div', 'jp-SpreadlabTrades-row', {
      id: `${this.id}-${place}`,
      role: 'row',
      'aria-rowindex': String(place + 2),
      'aria-selected': String(trade === this.selected),
      'data-place': String(place),
      'data-trade': String(trade)
    });
    node.classList.toggle('jp-mod-active', place === this.active);
    node.style.top = `${place * ROW_HEIGHT}px`;
    for (const [column] of COLUMNS) {
      const { text, title } = cell(trades, account, column, trade);
      node.append(
        element(
          'div',
          'jp-SpreadlabTrades-cell',
          {
            role: column === 'number' ? 'rowheader' : 'gridcell',
            'data-column': column,
            'data-side': trades.direction[trade]! > 0 ? 'long' : 'short',
            title
          },
          text
        )
      );
    }
    return node;
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
