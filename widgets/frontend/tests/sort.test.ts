import { describe, expect, it } from 'vitest';

import { sortNumbers, sortStrings } from '../src/table/sort';

describe('sortNumbers', () => {
  const values = Float64Array.of(
    3,
    Number.NaN,
    -1,
    Infinity,
    3,
    -Infinity,
    Number.NaN
  );

  it('puts missing numbers last both ways and keeps ties as they came', () => {
    expect(Array.from(sortNumbers(values, true))).toEqual([
      5, 2, 0, 4, 3, 1, 6
    ]);
    expect(Array.from(sortNumbers(values, false))).toEqual([
      3, 0, 4, 2, 5, 1, 6
    ]);
  });

  it('agrees with a plain sort on random numbers', () => {
    let state = 12345;
    const random = Float64Array.from({ length: 500 }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % 97;
    });
    const rows = sortNumbers(random, true);
    expect(Array.from(rows, row => random[row])).toEqual(
      Array.from(random).sort((a, b) => a - b)
    );
    expect(new Set(rows).size).toBe(random.length);
  });
});

describe('sortStrings', () => {
  it('goes both ways', () => {
    expect(Array.from(sortStrings(['b', 'a', 'c'], true))).toEqual([1, 0, 2]);
    expect(Array.from(sortStrings(['b', 'a', 'c'], false))).toEqual([2, 0, 1]);
  });
});
