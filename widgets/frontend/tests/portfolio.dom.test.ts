// @vitest-environment jsdom
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { PortfolioPanel, type PortfolioTraits } from '../src/portfolio/view';
import type { BookMessage, PairWords } from '../src/portfolio/data';
import { encode, type NumberArray } from '../src/shared/codec';
import { FakeModel } from './model';
import { standInForLayout } from './noLayout';

const PAIR: PairWords = {
  name: 'KO-PEP',
  symbols: ['KO', 'PEP'],
  automatic: true,
  blocked: null,
  words: ''
};

function message(
  words: Partial<BookMessage>,
  position = 1,
  pending = NaN
): [BookMessage, DataView[]] {
  const arrays: Record<string, [NumberArray, number[]]> = {
    positions: [
      Float64Array.from([
        position,
        pending,
        1000,
        10,
        12.5,
        20,
        0,
        -5,
        -2.5,
        0,
        3,
        1000
      ]),
      [1, 12]
    ],
    name_numbers: [Float64Array.from([10, 50, 500]), [1, 3]],
    curve_times: [Float64Array.from([1, 2]), [2]],
    curve_lines: [Float64Array.from([100, 101, 0, 50, 0, 5]), [3, 2]]
  };
  const wires = Object.entries(arrays).map(
    ([name, [data, shape]]) => [name, encode({ data, shape })] as const
  );
  return [
    {
      kind: 'book',
      again: true,
      summary: {
        capital: 1000,
        equity: 1012.5,
        pnl: 12.5,
        day: -3,
        time: Date.UTC(2019, 1, 1),
        held: 1,
        long: 505,
        short: 495,
        gross: 1000,
        net: 10,
        largest: 505
      },
      attribution: {
        spread: 20,
        drift: 0,
        commission: -5,
        slippage: -2.5,
        borrow: 0
      },
      limits: [
        {
          name: 'gross',
          label: 'gross exposure',
          used: 1,
          limit: 2,
          share: 0.5,
          words: 'gross exposure 100.0 % of capital, limit 200.0 %'
        }
      ],
      pairs: [PAIR],
      names: [{ symbol: 'KO', pairs: ['KO-PEP'] }],
      events: [],
      curve: { whole: true, most: 2000 },
      arrays: Object.fromEntries(
        wires.map(([name, { dtype, shape }], buffer) => [
          name,
          { dtype, shape, buffer }
        ])
      ),
      ...words
    },
    wires.map(([, { view }]) => view)
  ];
}

beforeAll(standInForLayout);

describe('portfolio', () => {
  let model: FakeModel<PortfolioTraits>;
  let root: HTMLElement;
  let view: PortfolioPanel;

  beforeEach(() => {
    vi.useFakeTimers();
    root = document.createElement('div');
    document.body.replaceChildren(root);
    model = new FakeModel<PortfolioTraits>({
      _version: '0.0.0-test',
      _view_version: '',
      theme: 'auto',
      loading: false,
      error: '',
      _open: true
    });
    view = new PortfolioPanel(model.asModel(), root);
    return () => {
      view.dispose();
      vi.useRealTimers();
    };
  });

  const hear = (...given: Parameters<typeof message>): void => {
    model.receive(...message(...given));
    vi.advanceTimersByTime(50);
  };
  const figure = (name: string): string =>
    root.querySelector(`[data-figure="${name}"]`)!.textContent;
  const press = (label: string): void => {
    root.querySelector<HTMLElement>(`[aria-label="${label}"]`)!.click();
  };
  const form = (): HTMLFormElement => root.querySelector('form')!;
  const said = (): HTMLElement =>
    form().querySelector<HTMLElement>('.jp-SpreadlabPortfolio-said')!;

  it('shows figures, limits and positions', () => {
    hear({});
    expect(figure('equity')).toBe('1,013');
    expect(figure('commission')).toBe('−5.00');
    expect(figure('total')).toBe('12.5');
    const limit = root.querySelector<HTMLElement>('[data-limit="gross"]')!;
    expect(limit.textContent).toContain('50 % used');
    const row = root.querySelector('[data-key="KO-PEP"]')!;
    expect(row.querySelector('[data-column="position"]')!.textContent).toBe(
      '▲ long'
    );
    expect(root.querySelector('[data-key="KO"]')!.textContent).toContain('500');
    expect(model.sent.at(-1)!['kind']).toBe('drawn');
  });

  it('orders by hand, each order with an id of its own', () => {
    hear({});
    const submit = (): void => {
      form().dispatchEvent(new Event('submit', { cancelable: true }));
    };
    submit();
    expect(said().textContent).toBe('Choose a pair first.');
    expect(said().getAttribute('role')).toBe('alert');
    const pair = form().querySelector('select')!;
    pair.value = 'KO-PEP';
    const short = form().querySelector<HTMLInputElement>('[value="-1"]')!;
    short.checked = true;
    short.dispatchEvent(new Event('change'));
    expect(form().textContent).toContain('1,000 gross');
    submit();
    const first = model.sent.at(-1)!;
    expect(first).toMatchObject({ kind: 'order', pair: 'KO-PEP', target: -1 });
    const button = form().querySelector<HTMLButtonElement>('[type="submit"]')!;
    expect(button.disabled).toBe(true);
    model.receive(
      { kind: 'answer', to: 'order', error: true, words: 'refused: too much' },
      []
    );
    expect(button.disabled).toBe(false);
    expect(said().textContent).toBe('refused: too much');
    expect(pair.getAttribute('aria-invalid')).toBe('true');
    submit();
    expect(model.sent.at(-1)!['id']).not.toBe(first['id']);
    hear({});
    expect(pair.value).toBe('KO-PEP');
  });

  it('flattens a pair at once, and all only when asked twice', () => {
    hear({});
    press('Flatten KO-PEP');
    expect(model.sent.at(-1)).toEqual({ kind: 'flatten', pair: 'KO-PEP' });
    const before = model.sent.length;
    const all = [...root.querySelectorAll('button')].find(
      button => button.textContent === 'Flatten all'
    )!;
    all.click();
    expect(model.sent).toHaveLength(before);
    press('No, keep what is held');
    expect(document.activeElement).toBe(all);
    all.click();
    press('Yes, flatten all');
    expect(model.sent.at(-1)).toEqual({ kind: 'flatten' });
    hear({}, 1, 0);
    const one = root.querySelector<HTMLButtonElement>(
      '[aria-label="Flatten KO-PEP"]'
    )!;
    expect(one.disabled).toBe(true);
    hear({}, 0);
    expect(all.disabled).toBe(true);
  });

  it('offers a release to a pair that lost too much', () => {
    hear({});
    const release = root.querySelector<HTMLElement>(
      '[aria-label="Release KO-PEP from its limit"]'
    )!;
    expect(release.hidden).toBe(true);
    hear({ pairs: [{ ...PAIR, blocked: 'pair_loss', words: 'closed' }] }, 0);
    expect(release.hidden).toBe(false);
    release.click();
    expect(model.sent.at(-1)).toEqual({ kind: 'release', pair: 'KO-PEP' });
  });

  it('says the last refusal above everything, and lists events once', () => {
    const event = (id: string, kind: string, words: string) => ({
      id,
      time: Date.UTC(2019, 1, 1),
      kind,
      pair: 'KO-PEP',
      words
    });
    hear({ events: [event('1', 'fill', 'filled')] });
    const above = root.querySelector<HTMLElement>(
      '.jp-SpreadlabPortfolio-refused'
    )!;
    expect(above.hidden).toBe(true);
    hear({
      again: false,
      events: [event('2', 'refused', 'long refused, too much')]
    });
    expect(above.textContent).toBe('2019-02-01 long refused, too much');
    const kinds = [
      ...root.querySelectorAll('.jp-SpreadlabPortfolio-event')
    ].map(node => (node as HTMLElement).dataset['kind']);
    expect(kinds).toEqual(['refused', 'fill']);
  });

  it('asks for files, and hands them over', () => {
    hear({});
    const table = root.querySelector<HTMLSelectElement>(
      '[aria-label="Table to save"]'
    )!;
    table.value = 'fills';
    press('Save as Parquet');
    expect(model.sent.at(-1)).toEqual({
      kind: 'export',
      table: 'fills',
      format: 'parquet'
    });
    const made: Blob[] = [];
    URL.createObjectURL = (blob: Blob) => {
      made.push(blob);
      return 'blob:x';
    };
    URL.revokeObjectURL = () => undefined;
    HTMLAnchorElement.prototype.click = () => undefined;
    const bytes = new Uint8Array([80, 65, 82, 49]);
    model.receive(
      {
        kind: 'answer',
        to: 'export',
        error: false,
        words: 'Saved fills.parquet, 4 bytes.',
        name: 'fills.parquet',
        mime: 'x/y'
      },
      [new DataView(bytes.buffer)]
    );
    expect(made[0]!.size).toBe(4);
    expect(root.textContent).toContain('Saved fills.parquet');
  });

  it('lets a pair follow its rule or not, and puts a box back', () => {
    hear({});
    const box = root.querySelector<HTMLInputElement>(
      '[aria-label="KO-PEP follows its rule"]'
    )!;
    expect(box.checked).toBe(true);
    box.checked = false;
    box.dispatchEvent(new Event('change'));
    expect(model.sent.at(-1)).toEqual({
      kind: 'mode',
      pair: 'KO-PEP',
      automatic: false
    });
    model.receive({ kind: 'answer', to: 'mode', error: true, words: 'no' }, []);
    expect(box.checked).toBe(true);
  });

  it('says that there is no book', () => {
    model.update('_open', false);
    expect(root.querySelector('.jp-Spreadlab-notice')!.textContent).toContain(
      'No book yet'
    );
  });
});
