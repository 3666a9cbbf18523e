import { describe, expect, it } from 'vitest';

import { barAt, dateText, dateTicks } from '../src/shared/dates';
import { decimate, extent, padded, runsOf } from '../src/shared/series';
import { tickText } from '../src/shared/plot';

const wave = Float64Array.from(
  { length: 10_000 },
  (_, k) => Math.sin(k / 7) + (k === 4321 ? 50 : 0) - (k === 777 ? 40 : 0)
);

describe('decimate', () => {
  it('keeps every bar where they are few', () => {
    expect(decimate(wave, 5, 9, 100)).toEqual([5, 6, 7, 8]);
    expect(decimate(wave, 9_999, 20_000, 100)).toEqual([9_999]);
    expect(decimate(wave, 10, 10, 100)).toEqual([]);
  });

  it('keeps the lowest and highest of every column, in order', () => {
    const kept = decimate(wave, 0, 10_000, 500);
    expect(kept.length).toBeLessThanOrEqual(1000);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(kept).toContain(4321);
    expect(kept).toContain(777);
    for (let column = 0; column < 500; column++) {
      const bars = Array.from({ length: 20 }, (_, k) => 20 * column + k);
      const values = bars.map(k => wave[k]!);
      const shown = bars.filter(k => kept.includes(k)).map(k => wave[k]!);
      expect(Math.max(...shown)).toBe(Math.max(...values));
      expect(Math.min(...shown)).toBe(Math.min(...values));
    }
  });

  it('keeps a bar of every gap', () => {
    const gappy = wave.map((value, k) => (k < 5000 ? NaN : value));
    const kept = decimate(gappy, 0, 10_000, 100);
    expect(kept.some(k => k < 5000 && Number.isNaN(gappy[k]!))).toBe(true);
    expect(kept.filter(k => k >= 5000).length).toBeGreaterThan(90);
  });
});

describe('extent and padded', () => {
  it('leaves NaN out', () => {
    const values = Float64Array.of(NaN, 3, -2, NaN, 9);
    expect(extent(values, 0, 4)).toEqual({ low: -2, high: 3 });
    expect(extent(values, 0, 1)).toBeNull();
    expect(extent(values, -5, 50)).toEqual({ low: -2, high: 9 });
  });

  it('gives room around, and a range to a single value', () => {
    const found = padded(
      [{ low: 0, high: 10 }, null, { low: -10, high: 2 }],
      0.1
    );
    expect(found).toEqual({ low: -12, high: 12 });
    const { low, high } = padded([{ low: 5, high: 5 }]);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(padded([null])).toEqual({ low: 0, high: 1 });
  });
});

it('runs of positions are cut where the value changes', () => {
  const positions = Int8Array.of(0, 0, 1, 1, 1, -1);
  expect(runsOf(positions, 1, 6)).toEqual([
    { value: 0, first: 1, end: 2 },
    { value: 1, first: 2, end: 5 },
    { value: -1, first: 5, end: 6 }
  ]);
});

describe('dates', () => {
  const DAY = 86_400_000;
  const start = Date.UTC(2014, 0, 2);
  const days = Float64Array.from({ length: 3000 }, (_, k) => start + k * DAY);

  it('finds the first bar at or after a time', () => {
    expect(barAt(days, start)).toBe(0);
    expect(barAt(days, start + 0.5 * DAY)).toBe(1);
    expect(barAt(days, start + 9e9 * DAY)).toBe(3000);
  });

  it('puts years at the first bar of the year', () => {
    const ticks = dateTicks(days, 0, 2999, 10);
    expect(ticks.map(({ label }) => label)).toEqual([
      '2015',
      '2016',
      '2017',
      '2018',
      '2019',
      '2020',
      '2021',
      '2022'
    ]);
    for (const { at, label } of ticks) {
      expect(new Date(days[at]!).toISOString().slice(0, 10)).toBe(
        `${label}-01-01`
      );
    }
  });

  it('goes down to months and days, and never asks for more than there is room', () => {
    expect(dateTicks(days, 0, 200, 8).map(({ label }) => label)).toEqual([
      'Feb',
      'Mar',
      'Apr',
      'May',
      'Jun',
      'Jul'
    ]);
    expect(dateTicks(days, 0, 9, 12).map(({ label }) => label)).toContain(
      '3 Jan'
    );
    for (const last of [10, 50, 300, 2999]) {
      expect(dateTicks(days, 0, last, 6).length).toBeLessThanOrEqual(8);
    }
  });

  it('writes the time of day only where there is one', () => {
    expect(dateText(start)).toBe('2014-01-02');
    expect(dateText(start + 5.5 * 3_600_000)).toBe('2014-01-02 05:30');
  });
});

it('numbers on an axis have the digits that their distance needs', () => {
  expect(tickText(-0.05, 0.05)).toBe('−0.05');
  expect(tickText(0.1, 0.05)).toBe('0.10');
  expect(tickText(12_000, 2000)).toBe('12,000');
  expect(tickText(5, 5)).toBe('5');
});
