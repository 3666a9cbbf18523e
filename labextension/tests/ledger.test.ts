import { describe, expect, it } from 'vitest';

import { percent } from '../src/sidebar/ledger';

describe('percent', () => {
  it.each([
    [null, '–'],
    [0.98, '98 %'],
    [0.614, '61 %'],
    [0.9951, '99.5 %'],
    [0.9999, '> 99.9 %'],
    [1, '> 99.9 %'],
    [0.004, '0.4 %'],
    [0, '< 0.1 %']
  ])('of %s is %s', (probability, words) => {
    expect(percent(probability)).toBe(words);
  });
});
