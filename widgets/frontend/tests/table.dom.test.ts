// @vitest-environment jsdom
import type { AnyModel } from '@anywidget/types';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { encode } from '../src/shared/codec';
import type { WirePairs } from '../src/table/data';
import { TableView, type TableTraits } from '../src/table/view';
import { standInForLayout, withSizes } from './noLayout';

beforeAll(standInForLayout);

/** A model without a kernel: it keeps what is set and tells who listens. */
class FakeModel {
  readonly handlers = new Map<string, Set<() => void>>();
  saved = 0;
  constructor(readonly traits: TableTraits) {}
  get<K extends keyof TableTraits>(key: K): TableTraits[K] {
    return this.traits[key];
  }
  set<K extends keyof TableTraits>(key: K, value: TableTraits[K]): void {
    this.traits[key] = value;
    this.handlers.get(`change:${key}`)?.forEach(handler => {
      handler();
    });
  }
  on(event: string, handler: () => void): void {
    this.handlers.set(
      event,
      (this.handlers.get(event) ?? new Set()).add(handler)
    );
  }
  off(event: string, handler: () => void): void {
    this.handlers.get(event)?.delete(handler);
  }
  save_changes(): void {
    this.saved++;
  }
}

const numbers = (...values: number[]) =>
  encode({ data: Float64Array.from(values), shape: [values.length] });

const PAIRS: WirePairs = {
  symbols: ['KO', 'PEP', 'XOM'],
  dependent: encode({ data: Int32Array.of(0, 0, 1), shape: [3] }),
  hedge: encode({ data: Int32Array.of(1, 2, 2), shape: [3] }),
  odd: encode({ data: Int8Array.of(0, 1, 3), shape: [3] }),
  alpha: 0.05,
  unlisted: 0,
  columns: [
    {
      name: 'pvalue',
      label: 'p',
      title: '',
      kind: 'pvalue',
      values: numbers(0.2, NaN, 0.0016)
    },
    {
      name: 'pvalue_bh',
      label: 'p (BH)',
      title: '',
      kind: 'pvalue',
      values: numbers(0.4, NaN, 0.01)
    },
    {
      name: 'statistic',
      label: 'statistic',
      title: '',
      kind: 'number',
      values: numbers(-3, NaN, -5)
    },
    {
      name: 'flags',
      label: 'flags',
      title: '',
      kind: 'flags',
      values: encode({ data: Int8Array.of(0, 1, 0), shape: [3] }),
      words: ['', 'near duplicate']
    }
  ]
};

let model: FakeModel;
let root: HTMLElement;
let view: TableView;

beforeEach(() => {
  document.body.replaceChildren();
  model = new FakeModel({
    _version: '0.0.0-test',
    _view_version: '',
    _pairs: PAIRS,
    selected: null,
    sort_by: 'pvalue',
    ascending: true,
    search: '',
    filters: {},
    adjustment: 'none',
    theme: 'auto',
    loading: false,
    error: ''
  });
  root = document.createElement('div');
  document.body.append(root);
  view = new TableView(model as unknown as AnyModel<TableTraits>, root);
});

const texts = (column: string): (string | null)[] =>
  Array.from(
    root.querySelectorAll(`.jp-SpreadlabTable-row [data-column="${column}"]`),
    cell => cell.textContent
  );
const click = (selector: string): void => {
  root.querySelector<HTMLElement>(selector)!.click();
};
const press = (key: string): void => {
  root
    .querySelector('[role="grid"]')!
    .dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
};

describe('TableView', () => {
  it('sorts by a click on a header, missing numbers last', () => {
    expect(texts('pvalue')).toEqual(['.0016', '.200', 'n/a']);
    click('[data-column="pvalue"] button');
    expect(texts('pvalue')).toEqual(['.200', '.0016', 'n/a']);
    click('[data-column="pair"] button');
    expect(texts('pair')).toEqual(['KO – PEP', 'KO – XOM', 'PEP – XOM']);
    expect(model.traits).toMatchObject({ sort_by: 'pair', ascending: true });
    expect(
      root.querySelector('[data-column="pair"]')!.getAttribute('aria-sort')
    ).toBe('ascending');
    expect(
      root.querySelector('[data-column="pvalue"]')!.getAttribute('aria-sort')
    ).toBe('none');
  });

  it('selects by click and by keyboard, and tells the kernel', () => {
    click('.jp-SpreadlabTable-row');
    expect(model.traits.selected).toEqual(['PEP', 'XOM']);
    press('ArrowDown');
    expect(model.traits.selected).toEqual(['PEP', 'XOM']);
    press('Enter');
    expect(model.traits.selected).toEqual(['KO', 'PEP']);
    press('End');
    press(' ');
    expect(model.traits.selected).toEqual(['KO', 'XOM']);
    expect(model.saved).toBeGreaterThanOrEqual(3);
  });

  it('filters by symbols', () => {
    const search = root.querySelector('input')!;
    search.value = 'xom ko';
    search.dispatchEvent(new Event('input'));
    expect(texts('pair')).toEqual(['KO – XOM']);
    expect(root.textContent).toContain('1 of 3 pairs');
    expect(model.traits.search).toBe('xom ko');
  });

  it('filters by the fields under the headers', () => {
    const field = (column: string): HTMLInputElement =>
      root.querySelector(`[data-column="${column}"] input`)!;
    expect(field('statistic').hidden).toBe(true);
    click('.jp-SpreadlabTable-tools button');
    expect(field('statistic').hidden).toBe(false);
    const type = (column: string, text: string): void => {
      field(column).focus();
      field(column).value = text;
      field(column).dispatchEvent(new Event('input'));
    };
    type('statistic', '< -4');
    expect(texts('pair')).toEqual(['PEP – XOM']);
    type('statistic', 'small');
    expect(field('statistic').getAttribute('aria-invalid')).toBe('true');
    expect(field('statistic').title).toContain('5 .. 30');
    expect(model.traits.filters).toEqual({ statistic: '< -4' });
    type('statistic', '');
    expect(field('statistic').getAttribute('aria-invalid')).toBe('false');
    expect(model.traits.filters).toEqual({});
    type('flags', 'stale');
    expect(texts('pair')).toEqual(['PEP – XOM', 'KO – XOM']);
    type('flags', 'none');
    expect(texts('pair')).toEqual([]);
  });

  it('says flags in words beside their icons', () => {
    const flags = Array.from(
      root.querySelectorAll('.jp-SpreadlabTable-row'),
      row =>
        Array.from(row.querySelectorAll('.jp-SpreadlabTable-flag'), flag => [
          flag.textContent,
          flag.querySelector('svg')!.getAttribute('aria-hidden')
        ])
    );
    expect(flags).toEqual([
      [
        ['stationary PEP, XOM', 'true'],
        ['stale XOM', 'true']
      ],
      [['stationary PEP', 'true']],
      [
        ['stationary XOM', 'true'],
        ['stale XOM', 'true'],
        ['near duplicate', 'true']
      ]
    ]);
  });

  it('shows the p-value that is asked for and sorts by it', () => {
    expect(texts('pvalue_bh')).toEqual([]);
    const choice = root.querySelector<HTMLInputElement>('input[value="bh"]')!;
    choice.checked = true;
    choice.dispatchEvent(new Event('change'));
    expect(texts('pvalue')).toEqual([]);
    expect(texts('pvalue_bh')).toEqual(['.0100', '.400', 'n/a']);
    expect(model.traits).toMatchObject({
      adjustment: 'bh',
      sort_by: 'pvalue_bh'
    });
  });

  it('marks the row of a pair that is selected the other way round', () => {
    model.set('selected', ['XOM', 'PEP']);
    view.dispose();
    view = new TableView(model as unknown as AnyModel<TableTraits>, root);
    expect(
      root.querySelector('[aria-selected="true"]')!.getAttribute('data-pair')
    ).toBe('PEP|XOM');
  });

  it('keeps the room of the rows while the first ones come', () => {
    model.set('loading', true);
    model.set('_pairs', null);
    const body = root.querySelector<HTMLElement>('.jp-SpreadlabTable-body')!;
    expect(body.hidden).toBe(false);
    expect(root.querySelector('.jp-mod-skeleton')).not.toBeNull();
  });

  it('knows how wide it is when pairs come while it is hidden', () => {
    model.set('_pairs', null);
    root.replaceChildren();
    const resize = withSizes(() => {
      view = new TableView(model as unknown as AnyModel<TableTraits>, root);
    });
    const scroller = root.querySelector('.jp-Spreadlab-scroller')!;
    let width = 240; // no room for statistic and flags
    Object.defineProperty(scroller, 'clientWidth', { get: () => width });
    resize();
    width = 0;
    model.set('_pairs', PAIRS);
    expect(scroller.getAttribute('aria-colcount')).toBe('2');
    width = 900;
    resize();
    expect(scroller.getAttribute('aria-colcount')).toBe('4');
  });

  it('says what is wrong instead of drawing half a table', () => {
    model.set('_pairs', {
      ...PAIRS,
      columns: [{ ...PAIRS.columns[0]!, values: numbers(1, 2) }]
    });
    const alert = root.querySelector('[role="alert"]')!;
    expect(alert.textContent).toContain('column pvalue has 2 rows; must be 3');
    expect(root.querySelectorAll('.jp-SpreadlabTable-row')).toHaveLength(0);
  });

  it('shows errors, loading and emptiness', () => {
    const notice = root.querySelector<HTMLElement>('.jp-Spreadlab-notice')!;
    expect(notice.hidden).toBe(true);
    model.set('loading', true);
    expect(notice.hidden).toBe(true); // nothing jumps: what is shown is dimmed
    expect(root.classList.contains('jp-mod-stale')).toBe(true);
    expect(root.getAttribute('aria-busy')).toBe('true');
    model.set('loading', false);
    model.set('error', 'no such pair');
    expect(notice.textContent).toBe('no such pair');
    model.set('error', '');
    model.set('_pairs', null);
    expect(notice.dataset['kind']).toBe('empty');
    model.set('_version', '9.9.9');
    model.set('loading', false);
    expect(notice.textContent).toContain('the kernel runs 9.9.9');
  });

  it('leaves nothing behind', () => {
    view.dispose();
    expect(root.childElementCount).toBe(0);
    for (const handlers of model.handlers.values()) {
      expect(handlers.size).toBe(0);
    }
  });
});
