import { describe, expect, it } from 'vitest';

import { fitting, leastWidth, template } from '../src/table/columns';

const COLUMNS = [
  ['pvalue', 'pvalue'],
  ['passes', 'level'],
  ['statistic', 'number'],
  ['hedge_ratio', 'number'],
  ['half_life', 'number'],
  ['hurst', 'number'],
  ['lags', 'integer'],
  ['flags', 'flags']
].map(([name, kind]) => ({ name: name!, kind: kind! }));

describe('columns of a table', () => {
  it('are all shown where they fit, and where nobody knows the width', () => {
    expect(fitting(COLUMNS, leastWidth(COLUMNS))).toEqual(COLUMNS);
    expect(fitting(COLUMNS, 0)).toEqual(COLUMNS);
  });

  it('leave a narrow table from the least important on, and never overflow it', () => {
    let last = COLUMNS.length;
    for (let width = leastWidth(COLUMNS) - 1; width >= 170; width -= 7) {
      const shown = fitting(COLUMNS, width);
      expect(leastWidth(shown)).toBeLessThanOrEqual(width);
      expect(shown.length).toBeLessThanOrEqual(last);
      expect(shown[0]!.name).toBe('pvalue');
      last = shown.length;
    }
    expect(
      fitting(COLUMNS, leastWidth(COLUMNS) - 1).map(c => c.name)
    ).not.toContain('lags');
  });

  it('have a place each in the grid', () => {
    expect(template(COLUMNS.slice(0, 1))).toBe(
      'minmax(104px, 1.6fr) minmax(58px, 1fr)'
    );
  });
});
