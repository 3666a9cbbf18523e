// @vitest-environment jsdom
import type { AnyModel } from '@anywidget/types';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { encode } from '../src/shared/codec';
import type { WirePairs } from '../src/table/data';
import { TableView, type TableTraits } from '../src/table/view';

beforeAll(() => {
  // jsdom lays nothing out; the view only has to be told once.
  globalThis.ResizeObserver = class {
    observe(): void {
      // nothing changes size here
    }
    unobserve(): void {
      // nothing was observed
    }
    disconnect(): void {
      // nothing was observed
    }
  };
});

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

const PAIRS: WirePairs = {
  symbols: ['KO', 'PEP', 'XOM'],
  dependent: encode({ data: Int32Array.of(0, 0, 1), shape: [3] }),
  hedge: encode({ data: Int32Array.of(1, 2, 2), shape: [3] }),
  values: encode({
    data: Float64Array.of(0.2, NaN, 0.0016, -3, NaN, -5),
    shape: [2, 3]
  }),
  columns: [
    { name: 'pvalue', label: 'p', title: '', kind: 'pvalue' },
    { name: 'statistic', label: 'statistic', title: '', kind: 'number' }
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
  });

  it('says what is wrong instead of drawing half a table', () => {
    model.set('_pairs', {
      ...PAIRS,
      values: encode({ data: new Float64Array(3), shape: [1, 3] })
    });
    const alert = root.querySelector('[role="alert"]')!;
    expect(alert.textContent).toContain('must be 2 x 3');
    expect(root.querySelectorAll('.jp-SpreadlabTable-row')).toHaveLength(0);
  });

  it('shows errors, loading and emptiness', () => {
    const notice = root.querySelector<HTMLElement>('.jp-Spreadlab-notice')!;
    expect(notice.hidden).toBe(true);
    model.set('loading', true);
    expect(notice.dataset['kind']).toBe('loading');
    expect(root.classList.contains('jp-mod-stale')).toBe(true);
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
