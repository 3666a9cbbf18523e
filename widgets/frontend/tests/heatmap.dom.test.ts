// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { WirePolicy } from '../src/heatmap/data';
import { HeatmapView, type HeatmapTraits } from '../src/heatmap/view';
import { encode } from '../src/shared/codec';
import { FakeModel } from './model';
import { standInForLayout } from './noLayout';

/** How often each canvas was asked where to draw. */
const asked = new Map<HTMLCanvasElement, number>();

beforeAll(() => {
  standInForLayout();
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', {
    configurable: true,
    get: () => 600
  });
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement) {
    asked.set(this, (asked.get(this) ?? 0) + 1);
    return new Proxy(
      {},
      { get: () => () => ({ width: 10 }), set: () => true }
    ) as never;
  };
});

/** Enter long below `low`, short above `high`; out again at the middle. */
function policy(low: number, high: number): WirePolicy {
  const bands = [
    [0, 0, 0, -1, -1],
    [1, 0, 0, 0, -1],
    [1, 1, 0, 0, 0]
  ];
  const x = Float64Array.of(low, low / 2, 0, high / 2, high);
  const data = Int8Array.from(bands.flatMap(band => [...band, ...band]));
  const ends = Int32Array.from(data, (_, k) => k + 1);
  return {
    x: encode({ data: x, shape: [5] }),
    time_to_go: encode({ data: Float64Array.of(0, 1), shape: [2] }),
    action: {
      values: encode({ data, shape: [data.length] }),
      ends: encode({ data: ends, shape: [ends.length] }),
      shape: [3, 2, 5]
    },
    value: null,
    mean: 0
  };
}

const RANGE = { low: 0.001, high: 1, log: true };
const TRAITS: HeatmapTraits = {
  _version: '0.0.0-test',
  _view_version: '',
  _policy: policy(-0.2, 0.2),
  _value: null,
  _thresholds: [],
  _surface: null,
  _uncertainty: null,
  _ranges: {
    cost: RANGE,
    discount: RANGE,
    risk_penalty: { low: 0, high: 1, log: false },
    horizon: RANGE
  },
  _uncertain: false,
  _answered: 0,
  mode: 'action',
  level: 'exit_long',
  controls: true,
  cost: 0.01,
  discount: 0.05,
  risk_penalty: 0,
  horizon: 1,
  cursor: null,
  theme: 'auto',
  loading: false,
  error: ''
};

const frame = (): Promise<void> =>
  new Promise(resolve => {
    requestAnimationFrame(() => {
      resolve();
    });
  });

describe('HeatmapView', () => {
  let root: HTMLElement;
  let model: FakeModel<HeatmapTraits>;
  let view: HeatmapView;

  beforeEach(async () => {
    root = document.createElement('div');
    document.body.replaceChildren(root);
    model = new FakeModel(TRAITS);
    view = new HeatmapView(model.asModel(), root);
    await frame();
    await frame();
    asked.clear();
  });

  afterEach(() => {
    view.dispose();
  });

  const drawn = (name: 'canvas' | 'overlay'): number =>
    asked.get(root.querySelector(`.jp-SpreadlabHeatmap-${name}`)!) ?? 0;
  const press = (key: string): void => {
    root
      .querySelector('.jp-SpreadlabHeatmap-overlay')!
      .dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      );
  };
  const answer = (number: number): void => {
    model.receiveState({
      _policy: policy(-0.1 * number, 0.1 * number),
      _thresholds: [0.1],
      cost: 0.01 * number,
      _answered: number
    });
  };

  it('has drawn an answer once when the message is read, and then says so', async () => {
    answer(1);
    expect(drawn('canvas')).toBe(1);
    expect(root.dataset['answered']).toBe('1');
    await frame();
    await frame();
    expect(drawn('canvas')).toBe(1);
  });

  it('draws what comes in the same frame in the next one, together', async () => {
    answer(1);
    answer(2);
    answer(3);
    expect(drawn('canvas')).toBe(1);
    await frame();
    expect(drawn('canvas')).toBe(2);
    expect(root.querySelector('[data-parameter="cost"]')).toHaveProperty(
      'ariaValueText',
      '0.0300'
    );
  });

  it('leaves the overlay alone while no crosshair is on it', () => {
    answer(1);
    expect(drawn('overlay')).toBe(0);
    press('ArrowRight');
    const crossed = drawn('overlay');
    expect(crossed).toBeGreaterThan(0);
    press('Escape');
    const cleared = drawn('overlay');
    expect(cleared).toBeGreaterThan(crossed);
    answer(2);
    expect(drawn('overlay')).toBe(cleared);
  });

  it('moves the crosshair with the policy under it', async () => {
    press('ArrowRight');
    await frame();
    answer(1);
    const spread = root.querySelector('[data-field="spread"]')!;
    expect(spread.textContent).toBe('0');
    press('ArrowRight');
    expect(spread.textContent).toBe('0.05000');
  });

  it('writes no word anew that stays the same', async () => {
    const changes: MutationRecord[] = [];
    const watch = new MutationObserver(found => {
      changes.push(...found);
    });
    for (const part of ['sliders', 'readout', 'legend']) {
      watch.observe(root.querySelector(`.jp-SpreadlabHeatmap-${part}`)!, {
        childList: true,
        characterData: true,
        subtree: true
      });
    }
    answer(1);
    await frame();
    watch.disconnect();
    expect(changes.map(change => change.target.nodeName)).toEqual([]);
  });
});
