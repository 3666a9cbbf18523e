import { element, uniqueId, type Cleanup } from '../shared/dom';
import { pvalue, short } from '../shared/format';
import { RowScroll } from '../shared/rowScroll';
import { ROW_HEIGHT, type RowWindow } from '../shared/rowWindow';
import { sideText, type PairFacts, type PairRow } from './data';

const COLUMNS = [
  ['pair', 'pair', 'its name'],
  ['spread', 'spread', 'at the newest prices'],
  ['z', 'z', 'standard deviations from the mean'],
  ['position', 'position', 'what is held'],
  ['target', 'target', 'what the rule, or an order, wants at the next bar'],
  ['half_life', 'half-life', 'of the last bars, in bars'],
  ['pvalue', 'p', 'of a unit root in the last bars'],
  ['words', 'state', 'what is the matter']
] as const;
type Column = (typeof COLUMNS)[number][0];
/** As in the stylesheet. */
const HEIGHT = 300;

/** What a cell says. */
export function cellText(
  column: Column,
  facts: PairFacts,
  row: PairRow
): string {
  switch (column) {
    case 'pair':
      return facts.name;
    case 'position':
    case 'target':
      return sideText(row[column]);
    case 'pvalue':
      return pvalue(row.pvalue);
    case 'words':
      return stateText(row);
    default:
      return short(row[column]);
  }
}

/** The state in words, with a sign for its kind: colour is never alone. */
export function stateText(row: PairRow): string {
  if (row.words === '') {
    return 'in order';
  }
  return `${row.stale ? '◌ ' : row.breaking ? '▲ ' : ''}${row.words}`;
}

interface RowNode {
  node: HTMLElement;
  cells: HTMLElement[];
}

/** Every watched pair as a row whose numbers change in place. */
export class PairList {
  readonly node = element('div', 'jp-SpreadlabLive-list');
  private readonly id = uniqueId('spreadlab-live');
  private readonly scroller = element('div', 'jp-SpreadlabLive-scroller', {
    role: 'grid',
    tabindex: '0',
    'aria-label': 'Watched pairs: arrow keys move, Enter puts one on the chart',
    'aria-colcount': String(COLUMNS.length),
    // Arrow keys belong to the list here, not to the notebook's shortcuts.
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly body = element('div', 'jp-SpreadlabLive-rows', {
    role: 'rowgroup'
  });
  private readonly nodes = new Map<number, RowNode>();
  private facts: readonly PairFacts[] = [];
  private rows: readonly PairRow[] = [];
  private selected: string | null = null;
  private readonly scroll: RowScroll;

  constructor(
    cleanup: Cleanup,
    private readonly chosen: (name: string) => void
  ) {
    const header = element('div', 'jp-SpreadlabLive-header', {
      role: 'row',
      'aria-rowindex': '1'
    });
    for (const [column, label, title] of COLUMNS) {
      header.append(
        element(
          'div',
          'jp-SpreadlabLive-head',
          { role: 'columnheader', 'data-column': column, title },
          label
        )
      );
    }
    const heads = element('div', 'jp-SpreadlabLive-heads', {
      role: 'rowgroup'
    });
    heads.append(header);
    this.scroller.append(heads, this.body);
    this.node.append(this.scroller);
    this.scroll = new RowScroll(
      this.scroller,
      heads,
      {
        count: () => this.facts.length,
        rowId: place => `${this.id}-${place}`,
        draw: sight => {
          this.drawRows(sight);
        },
        choose: place => {
          const facts = this.facts[place];
          if (facts !== undefined) {
            this.scroll.active = place;
            this.chosen(facts.name);
          }
        }
      },
      cleanup,
      HEIGHT
    );
  }

  /** Other pairs. */
  open(facts: readonly PairFacts[]): void {
    this.facts = facts;
    this.rows = [];
    this.nodes.clear();
    this.body.replaceChildren();
    this.body.style.height = `${facts.length * ROW_HEIGHT}px`;
    this.scroller.setAttribute('aria-rowcount', String(facts.length + 1));
    this.scroll.active = 0;
    this.scroll.draw();
  }

  /** Newer numbers. */
  show(rows: readonly PairRow[]): void {
    this.rows = rows;
    this.scroll.draw();
  }

  select(name: string | null): void {
    const moved = this.selected !== name;
    this.selected = name;
    const place = this.facts.findIndex(facts => facts.name === name);
    if (moved && place !== -1) {
      this.scroll.activate(place);
    }
    this.scroll.redraw.request();
  }

  private drawRows({ first, end }: RowWindow): void {
    for (const [place, { node }] of this.nodes) {
      if (place < first || place >= end) {
        node.remove();
        this.nodes.delete(place);
      }
    }
    for (let place = first; place < end; place++) {
      const known = this.nodes.get(place) ?? this.add(place);
      this.fill(place, known);
    }
  }

  private add(place: number): RowNode {
    const node = element('div', 'jp-SpreadlabLive-row', {
      id: `${this.id}-${place}`,
      role: 'row',
      'aria-rowindex': String(place + 2),
      'data-place': String(place),
      'data-pair': this.facts[place]!.name
    });
    node.style.top = `${place * ROW_HEIGHT}px`;
    const cells = COLUMNS.map(([column]) =>
      element('div', 'jp-SpreadlabLive-cell', {
        role: column === 'pair' ? 'rowheader' : 'gridcell',
        'data-column': column
      })
    );
    node.append(...cells);
    // In the order of the list, whichever way it was scrolled: screen readers go by it.
    const after = [...this.nodes]
      .filter(([other]) => other > place)
      .sort(([a], [b]) => a - b)[0];
    this.body.insertBefore(node, after?.[1].node ?? null);
    const made = { node, cells };
    this.nodes.set(place, made);
    return made;
  }

  private fill(place: number, { node, cells }: RowNode): void {
    const facts = this.facts[place]!;
    const row = this.rows[place];
    set(node, 'aria-selected', String(facts.name === this.selected));
    node.classList.toggle('jp-mod-active', place === this.scroll.active);
    COLUMNS.forEach(([column], k) => {
      const cell = cells[k]!;
      const text =
        row === undefined
          ? column === 'pair'
            ? facts.name
            : '–'
          : cellText(column, facts, row);
      if (cell.textContent !== text) {
        cell.textContent = text;
        if (column === 'words' || column === 'pair') {
          cell.title = column === 'pair' ? `${text}: ${facts.rule}` : text;
        }
      }
      if (row !== undefined && (column === 'position' || column === 'target')) {
        set(cell, 'data-side', String(row[column]));
      }
      if (row !== undefined && column === 'words') {
        const kind = row.stale ? 'stale' : row.breaking ? 'breaking' : '';
        set(cell, 'data-kind', row.words === '' ? 'good' : kind);
      }
    });
  }
}

function set(node: HTMLElement, name: string, value: string): void {
  if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}
