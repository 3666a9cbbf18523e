import { describe, expect, it } from 'vitest';

import { duration, progressWords } from '../src/status/words';
import {
  barLabel,
  bracket,
  bracketStep,
  keyStep,
  moveRange,
  yearTicks
} from '../src/window/range';

const LIMITS = { count: 100, least: 30 };

describe('moveRange', () => {
  it.each([
    ['start', 5, [15, 60]],
    ['start', 50, [30, 60]],
    ['start', -50, [0, 60]],
    ['stop', 50, [10, 100]],
    ['stop', -50, [10, 40]],
    ['both', 25, [35, 85]],
    ['both', 60, [50, 100]],
    ['both', -60, [0, 50]]
  ] as const)('moves %s by %d', (part, by, expected) => {
    expect(moveRange([10, 60], part, by, LIMITS)).toEqual(expected);
  });
});

describe('keys', () => {
  it('move a handle', () => {
    expect(keyStep('ArrowLeft', false, 100)).toBe(-1);
    expect(keyStep('ArrowRight', true, 100)).toBe(10);
    expect(keyStep('End', false, 100)).toBe(100);
    expect(keyStep('q', false, 100)).toBeUndefined();
  });

  it('move an end from anywhere', () => {
    expect(bracket('[')).toEqual(['stop', -1]);
    expect(bracket('}')).toEqual(['start', 1]);
    expect(bracket('(')).toBeUndefined();
    expect([bracketStep(2265), bracketStep(20)]).toEqual([23, 1]);
  });
});

describe('labels', () => {
  const days = Float64Array.from(
    ['2019-12-30', '2019-12-31', '2020-01-02', '2021-01-04'],
    day => Date.parse(day)
  );

  it('say dates, times of day and bars', () => {
    expect(barLabel(days, 1)).toBe('2019-12-31');
    const noon = Float64Array.of(Date.parse('2020-01-02T12:30:00Z'));
    expect(barLabel(noon, 0)).toBe('2020-01-02 12:30');
    expect(barLabel(null, 7)).toBe('bar 7');
  });

  it('stand where a year begins, as many as fit', () => {
    expect(yearTicks(days, 9)).toEqual([
      { bar: 2, label: '2020' },
      { bar: 3, label: '2021' }
    ]);
    expect(yearTicks(days, 1)).toHaveLength(1);
  });
});

describe('progress', () => {
  it('says what is done, how fast, and how long it takes', () => {
    const facts = { done: 1230, planned: 4950, rate: 12345, timeLeft: 3.2 };
    expect(progressWords(facts)).toBe(
      '1,230 of 4,950 pairs, 12,345 a second, 3 s left'
    );
    expect(progressWords({ ...facts, rate: null, timeLeft: null })).toBe(
      '1,230 of 4,950 pairs'
    );
    expect([0.2, 89, 600, 9000].map(duration)).toEqual([
      'less than a second',
      '89 s',
      '10 min',
      '2 h 30 min'
    ]);
  });
});
