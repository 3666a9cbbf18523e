import { describe, expect, it } from 'vitest';

import type { Parameter } from '../src/oufit/data';
import { intervalText, place, whisker, WIDTH } from '../src/oufit/forest';

const kappa: Parameter = {
  name: 'kappa',
  label: 'κ',
  unit: 'per year',
  scale: 'ratio',
  estimate: 4,
  low: 2,
  high: 8,
  stderr: 1
};
const theta: Parameter = {
  ...kappa,
  name: 'theta',
  scale: 'shift',
  estimate: 0,
  low: -0.1,
  high: 0.1
};

describe('forest plot', () => {
  it('has the estimate in the middle and equal ratios at equal distances', () => {
    expect(place(kappa, 4, 1)).toBe(WIDTH / 2);
    const { low, high, cutLow, cutHigh } = whisker(kappa, 1);
    expect(WIDTH / 2 - low).toBeCloseTo(high - WIDTH / 2);
    expect([cutLow, cutHigh]).toEqual([false, false]);
  });

  it('measures the mean in stationary standard deviations', () => {
    const wide = whisker(theta, 0.1);
    const half = whisker(theta, 0.2);
    expect(wide.high - WIDTH / 2).toBeCloseTo(2 * (half.high - WIDTH / 2));
  });

  it('cuts what goes on, and what has no end', () => {
    const endless = { ...kappa, low: 0, high: null };
    const { low, high, cutLow, cutHigh } = whisker(endless, 1);
    expect([cutLow, cutHigh]).toEqual([true, true]);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(WIDTH);
    expect(intervalText(endless)).toBe('[0, ∞]');
    expect(intervalText({ ...theta, low: null })).toBe('[−∞, 0.100]');
    expect(whisker({ ...theta, low: null, high: null }, 1).cutLow).toBe(true);
  });
});
