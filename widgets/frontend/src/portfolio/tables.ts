import { button } from '../shared/controls';
import { element } from '../shared/dom';
import { integer, short } from '../shared/format';
import { LiveTable, type LiveColumn } from '../shared/liveTable';
import { PARTS, type NameRow, type PairRow, type Part } from './data';

const PART_WORDS: Readonly<Record<Part, readonly [string, string]>> = {
  spread: ['spread', 'units of the spread held times its moves'],
  drift: ['drift', 'shares held while the hedge drifts, and the curve of logs'],
  commission: ['commission', 'paid'],
  slippage: ['slippage', 'lost to worse prices'],
  borrow: ['borrow', 'fees on what is sold short']
};

export function partLabel(part: Part): readonly [string, string] {
  return PART_WORDS[part];
}

/** A position in words; colour is never alone. */
export function sideText(position: number): string {
  return ['▼ short', 'flat', '▲ long'][position + 1] ?? '–';
}

/** Money: whole, unless it is small. */
export function moneyText(value: number): string {
  return Math.abs(value) >= 100 ? integer(value) : short(value);
}

export interface PairActions {
  flatten(pair: string): void;
  release(pair: string): void;
  mode(pair: string, automatic: boolean): void;
}

function money(
  name: string,
  label: string,
  title: string,
  value: (row: PairRow) => number
): LiveColumn<PairRow> {
  return {
    name,
    label,
    title,
    text: row => moneyText(value(row)),
    full: row => String(value(row))
  };
}

export function pairTable(actions: PairActions): LiveTable<PairRow> {
  return new LiveTable<PairRow>(
    'Positions by pair',
    [
      {
        name: 'pair',
        label: 'pair',
        title: 'its name',
        text: row => row.name,
        full: row => row.symbols.join(' and ')
      },
      {
        name: 'position',
        label: 'position',
        title: 'what is held',
        text: row => sideText(row.position),
        side: row => String(row.position)
      },
      money('gross', 'gross', 'value of all legs', row => row.gross),
      money('pnl', 'P&L', 'after all costs', row => row.pnl),
      ...PARTS.map(part => money(part, ...partLabel(part), row => row[part])),
      {
        name: 'trades',
        label: 'trades',
        title: 'entries so far',
        text: row => integer(row.trades)
      },
      {
        name: 'words',
        label: 'state',
        title: 'orders that wait, limits in force',
        text: row => row.words,
        full: row => row.words
      },
      {
        name: 'rule',
        label: 'rule',
        title: 'whether it follows its rule',
        text: () => '',
        control: pair => ruleBox(pair, actions)
      },
      {
        name: 'actions',
        label: 'by hand',
        title: 'what may be done now',
        text: () => '',
        control: pair => buttons(pair, actions)
      }
    ],
    row => row.name,
    'No pair is in the book yet.'
  );
}

function ruleBox(
  pair: string,
  actions: PairActions
): { node: HTMLElement; show: (row: PairRow) => void } {
  const node = element('input', 'jp-Spreadlab-input', {
    type: 'checkbox',
    'aria-label': `${pair} follows its rule`
  });
  node.addEventListener('change', () => {
    actions.mode(pair, node.checked);
  });
  return {
    node,
    show: row => {
      node.checked = row.automatic;
    }
  };
}

function buttons(
  pair: string,
  actions: PairActions
): { node: HTMLElement; show: (row: PairRow) => void } {
  const node = element('span', 'jp-SpreadlabPortfolio-actions');
  const flatten = button('Flatten', `Flatten ${pair}`, () => {
    actions.flatten(pair);
  });
  const release = button('Release', `Release ${pair} from its limit`, () => {
    actions.release(pair);
  });
  node.append(flatten, release);
  return {
    node,
    show: row => {
      flatten.disabled =
        (row.position === 0 && Number.isNaN(row.pending)) || row.pending === 0;
      release.hidden = row.blocked !== 'pair_loss';
    }
  };
}

export function nameTable(): LiveTable<NameRow> {
  return new LiveTable<NameRow>(
    'Positions by name',
    [
      {
        name: 'symbol',
        label: 'name',
        title: 'symbol',
        text: row => row.symbol
      },
      {
        name: 'shares',
        label: 'shares',
        title: 'all pairs together',
        text: row => moneyText(row.shares),
        full: row => String(row.shares)
      },
      {
        name: 'price',
        label: 'price',
        title: 'last close',
        text: row => short(row.price, 4),
        full: row => String(row.price)
      },
      {
        name: 'exposure',
        label: 'exposure',
        title: 'market value',
        text: row => moneyText(row.exposure),
        side: row => String(Math.sign(row.exposure)),
        full: row => String(row.exposure)
      },
      {
        name: 'pairs',
        label: 'held by',
        title: 'pairs',
        text: row => row.pairs
      }
    ],
    row => row.symbol,
    'No name is held.'
  );
}
