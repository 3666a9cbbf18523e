// @vitest-environment jsdom
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { numbersText } from '../src/live/alerts';
import type { AlertRow, Beat, PairFacts, Run } from '../src/live/data';
import { LiveView, type LiveTraits } from '../src/live/view';
import { encode, type NumberArray } from '../src/shared/codec';
import { Viewport } from '../src/shared/viewport';
import { FakeModel } from './model';
import { standInForLayout } from './noLayout';

const PAIRS: PairFacts[] = ['KO-PEP', 'CVX-XOM'].map(name => ({
  name,
  symbols: name.split('-'),
  rule: 'ZScoreRule(60)',
  unit: 'log prices',
  half_life: 12,
  mean: 0,
  sd: 0.02
}));
const RUN: Run = {
  state: 'running',
  words: 'replays at 2 bars a second',
  feed: 'connected',
  actions: ['pause', 'stop'],
  speed: 2,
  replays: true
};
const ALERT: AlertRow = {
  pair: 'KO-PEP',
  time: Date.UTC(2019, 1, 1),
  kind: 'crossing',
  numbers: { signal: 2.1, before: 1.9, half_life: 'inf', gone: null },
  words: 'KO-PEP: signal 2.1 crossed enter short',
  breaking: false
};

type Arrays = Record<string, [NumberArray, number[]]>;

/** A message as the kernel sends it. */
function beat(words: Partial<Beat>, arrays: Arrays = {}): [Beat, DataView[]] {
  const wires = Object.entries(arrays).map(
    ([name, [data, shape]]) => [name, encode({ data, shape })] as const
  );
  return [
    {
      kind: 'beat',
      again: false,
      arrived: 1000,
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

function rows(...zs: number[]): Arrays {
  const numbers = zs.flatMap(z => [0.1, z, z, 12, 0.04, 5]);
  return {
    numbers: [Float64Array.from(numbers), [zs.length, 6]],
    codes: [Int8Array.from(zs.flatMap(() => [0, -1, 0, 0])), [zs.length, 4]]
  };
}

function bars(from: number, count: number): Arrays {
  const times = Float64Array.from({ length: count }, (_, k) => from + k);
  return {
    bar_times: [times, [count]],
    bar_numbers: [
      Float64Array.from([...times, ...times, ...times]),
      [3, count]
    ],
    bar_codes: [new Int8Array(2 * count), [2, count]],
    bar_levels: [new Float64Array(count).fill(2), [1, count]]
  };
}

function head(whole: boolean, pair = 'KO-PEP', most = 20): Partial<Beat> {
  return { chart: { pair, whole, levels: ['enter short'], most } };
}

beforeAll(standInForLayout);

describe('live monitor', () => {
  let model: FakeModel<LiveTraits>;
  let root: HTMLElement;
  let view: LiveView;

  beforeEach(() => {
    vi.useFakeTimers();
    root = document.createElement('div');
    document.body.replaceChildren(root);
    model = new FakeModel<LiveTraits>({
      _version: '0.0.0-test',
      _view_version: '',
      theme: 'auto',
      loading: false,
      error: '',
      selected: 'KO-PEP',
      line: 'signal',
      bars: 20,
      _pairs: PAIRS,
      _run: RUN
    });
    view = new LiveView(model.asModel(), root);
    return () => {
      view.dispose();
      vi.useRealTimers();
    };
  });

  const hear = (words: Partial<Beat>, arrays: Arrays = {}): void => {
    const [message, buffers] = beat(words, arrays);
    model.receive(message, buffers);
    vi.advanceTimersByTime(50);
  };
  const row = (pair: string): HTMLElement =>
    root.querySelector<HTMLElement>(`[data-pair="${pair}"]`)!;
  const cell = (pair: string, column: string): HTMLElement =>
    row(pair).querySelector<HTMLElement>(`[data-column="${column}"]`)!;
  const sent = (kind: string): Record<string, unknown>[] =>
    model.sent.filter(message => message['kind'] === kind);

  it('asks for everything, and tells when it is on the screen and when it goes', () => {
    expect(sent('open')).toHaveLength(1);
    expect(sent('drawn')).toHaveLength(0);
    hear({ words: ['', ''], arrived: 1234.5 }, rows(1, 2));
    expect(sent('drawn')).toHaveLength(1);
    expect(root.dataset['arrived']).toBe('1234.5');
    vi.advanceTimersByTime(1000);
    expect(sent('drawn')).toHaveLength(1);
    view.dispose();
    expect(sent('leave')[0]!['page']).toBe(sent('open')[0]!['page']);
    expect(model.listeners()).toBe(0);
  });

  it('changes the numbers of a row in place', () => {
    hear({ words: ['', 'no price of XOM for 2 bars'] }, rows(1.5, -2));
    const kept = row('CVX-XOM');
    expect(cell('CVX-XOM', 'z').textContent).toBe('−2.00');
    expect(cell('CVX-XOM', 'words').textContent).toContain('no price of XOM');
    expect(cell('KO-PEP', 'words').textContent).toBe('in order');
    expect(cell('KO-PEP', 'target').textContent).toBe('▼ short');
    hear({}, rows(1.5, 3));
    expect(row('CVX-XOM')).toBe(kept);
    expect(cell('CVX-XOM', 'z').textContent).toBe('3.00');
    expect(cell('CVX-XOM', 'words').textContent).toContain('no price of XOM');
  });

  it('takes new bars at the end, and forgets the oldest', () => {
    hear({ words: ['', ''], ...head(true) }, { ...rows(1, 1), ...bars(0, 15) });
    const label = () =>
      root.querySelector('[role="application"]')!.getAttribute('aria-label');
    expect(label()).toContain('15 bars');
    hear(head(false), bars(15, 3));
    expect(label()).toContain('18 bars');
    hear(head(false), bars(18, 10));
    expect(label()).toContain('20 bars');
    const chart = root.querySelector('[role="application"]')!;
    chart.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'End', bubbles: true })
    );
    vi.advanceTimersByTime(50);
    const field = (name: string) =>
      root.querySelector(`[data-field="${name}"]`)!.textContent;
    expect(field('spread')).toBe('27.0');
    // Bars of a pair that is no longer shown change nothing.
    hear(head(false, 'CVX-XOM'), bars(99, 1));
    expect(field('spread')).toBe('27.0');
  });

  it('chooses a pair by keyboard', () => {
    const grid = root.querySelector('[role="grid"]')!;
    const before = model.saves;
    for (const key of ['ArrowDown', 'Enter']) {
      grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }
    expect(model.state.selected).toBe('CVX-XOM');
    expect(model.saves).toBe(before + 1);
    vi.advanceTimersByTime(50);
    expect(row('CVX-XOM').getAttribute('aria-selected')).toBe('true');
  });

  it('lists alerts, the newest first, and filters them', () => {
    const other = {
      ...ALERT,
      pair: 'CVX-XOM',
      words: 'the other',
      breaking: true
    };
    hear({ alerts: [ALERT, other], again: true });
    const items = () =>
      [...root.querySelectorAll('.jp-SpreadlabLive-said')].map(
        node => node.textContent
      );
    expect(items()).toEqual(['the other', ALERT.words]);
    hear({ alerts: [{ ...ALERT, words: 'the third' }] });
    expect(items()).toEqual(['the third', 'the other', ALERT.words]);
    const pick = (value: string): void => {
      const input = root.querySelector<HTMLInputElement>(
        `.jp-SpreadlabLive-alerts input[value="${value}"]`
      )!;
      input.checked = true;
      input.dispatchEvent(new Event('change'));
    };
    pick('breaking');
    expect(items()).toEqual(['the other']);
    pick('pair');
    expect(items()).toEqual(['the third', ALERT.words]);
    model.update('selected', 'CVX-XOM');
    expect(items()).toEqual(['the other']);
    expect(numbersText(ALERT.numbers)).toBe(
      'signal 2.10, before 1.90, half life ∞, gone n/a'
    );
  });

  it('keeps no more alerts than it shows', () => {
    for (let k = 0; k < 5; k++) {
      hear({ alerts: Array.from({ length: 100 }, () => ALERT) });
    }
    expect(root.querySelectorAll('.jp-SpreadlabLive-alert')).toHaveLength(200);
  });

  it('offers what may be done, and keeps the place of the keyboard', () => {
    const button = (action: string) =>
      root.querySelector<HTMLButtonElement>(`[data-action="${action}"]`)!;
    expect(button('start').hidden).toBe(true);
    button('pause').focus();
    button('pause').click();
    expect(model.sent.at(-1)).toEqual({ kind: 'act', action: 'pause' });
    model.update('_run', {
      ...RUN,
      state: 'paused',
      words: 'paused',
      actions: ['resume', 'stop']
    });
    expect(document.activeElement).toBe(button('resume'));
    const speed = root.querySelector<HTMLInputElement>('input[type="number"]')!;
    speed.value = '';
    speed.dispatchEvent(new Event('change'));
    expect(model.sent.at(-1)).toEqual({ kind: 'speed', speed: null });
  });

  it('says what is wrong, and that there is no session', () => {
    const notice = root.querySelector<HTMLElement>('.jp-Spreadlab-notice')!;
    hear({}, { numbers: [new Float64Array(5), [5]] });
    model.receive(
      {
        ...beat({})[0],
        arrays: { numbers: { dtype: 'float64', shape: [1], buffer: 7 } }
      },
      []
    );
    expect(notice.textContent).toContain('no such bytes');
    expect(notice.getAttribute('role')).toBe('alert');
    hear({});
    expect(notice.hidden).toBe(true);
    model.update('_pairs', []);
    expect(notice.textContent).toContain('No session yet');
  });
});

describe('a viewport that grows', () => {
  it('shows all of what it showed all of', () => {
    expect(Viewport.whole(50).grown(60, 0)).toEqual(Viewport.whole(60));
  });

  it('follows the end, or stays with its bars', () => {
    const end = Viewport.whole(100).zoom(4, 99.5);
    const followed = end.grown(110, 0);
    expect(followed.last).toBeCloseTo(109.5);
    expect(followed.span).toBeCloseTo(end.span);
    const middle = Viewport.whole(100).zoom(4, 50);
    expect(middle.grown(100, 10).first).toBeCloseTo(middle.first - 10);
    expect(middle.grown(110, 0).first).toBeCloseTo(middle.first);
  });
});
