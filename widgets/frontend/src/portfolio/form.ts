import { Choice } from '../shared/controls';
import { element, uniqueId, type Cleanup } from '../shared/dom';
import type { Answer, PairRow } from './data';
import { moneyText } from './tables';

type Side = '-1' | '0' | '1';

export interface Order {
  pair: string;
  target: number;
  /** The same order sent twice is one. */
  id: string;
}

/** An order by hand: which pair, which side; what is wrong with it is said beside it. */
export class OrderForm {
  readonly node = element('form', 'jp-SpreadlabPortfolio-form', {
    'aria-label': 'Order by hand',
    novalidate: ''
  });
  private readonly pair = element('select', 'jp-Spreadlab-select');
  private readonly sides: Choice<Side>;
  private readonly size = element('span', 'jp-SpreadlabPortfolio-size');
  private readonly submit = element(
    'button',
    'jp-Spreadlab-button',
    { type: 'submit' },
    'Order'
  );
  private readonly said = element('p', 'jp-SpreadlabPortfolio-said', {
    role: 'status',
    id: uniqueId('spreadlab-order')
  });
  private side: Side = '1';
  private rows: readonly PairRow[] = [];

  constructor(cleanup: Cleanup, send: (order: Order) => void) {
    this.sides = new Choice<Side>(
      'to',
      [
        ['1', 'long', 'Buy the spread'],
        ['0', 'flat', 'Close the position'],
        ['-1', 'short', 'Sell the spread']
      ],
      side => {
        this.side = side;
        this.showSize();
      }
    );
    this.sides.show(this.side);
    const field = element('label', 'jp-Spreadlab-field', {}, 'pair');
    field.append(this.pair);
    this.pair.setAttribute('aria-describedby', this.said.id);
    cleanup.listen(this.pair, 'change', () => {
      this.showSize();
    });
    cleanup.listen(this.node, 'submit', event => {
      event.preventDefault();
      if (this.pair.value === '') {
        this.say('Choose a pair first.', true);
        return;
      }
      this.submit.disabled = true;
      send({
        pair: this.pair.value,
        target: Number(this.side),
        id: uniqueId('page')
      });
    });
    this.node.append(field, this.sides.node, this.submit, this.size, this.said);
    this.show([]);
  }

  show(rows: readonly PairRow[]): void {
    const same =
      rows.length === this.rows.length &&
      rows.every((row, k) => row.name === this.rows[k]!.name);
    this.rows = rows;
    if (!same || this.pair.options.length === 0) {
      const before = this.pair.value;
      this.pair.replaceChildren(
        element('option', '', { value: '' }, 'choose …'),
        ...rows.map(({ name }) => element('option', '', { value: name }, name))
      );
      this.pair.value = rows.some(({ name }) => name === before) ? before : '';
    }
    this.showSize();
  }

  answer({ words, error }: Answer): void {
    this.submit.disabled = false;
    this.say(words, error);
  }

  private say(words: string, error: boolean): void {
    this.said.setAttribute('role', error ? 'alert' : 'status');
    this.said.dataset['kind'] = error ? 'error' : 'done';
    this.said.textContent = words;
    this.pair.setAttribute('aria-invalid', String(error));
  }

  private showSize(): void {
    const row = this.rows.find(({ name }) => name === this.pair.value);
    const words =
      row === undefined
        ? ''
        : this.side === '0'
          ? 'all legs, at the next bar'
          : `${moneyText(row.size)} gross, by its model, at the next bar`;
    if (this.size.textContent !== words) {
      this.size.textContent = words;
    }
  }
}
