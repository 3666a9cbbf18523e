import { describe, expect, it } from 'vitest';

import {
  moveRow,
  ROW_HEIGHT,
  scrollToRow,
  visibleRows
} from '../src/shared/rowWindow';

describe('visibleRows', () => {
  it('covers what is in sight and little more', () => {
    const { first, end } = visibleRows(100 * ROW_HEIGHT, 10 * ROW_HEIGHT, 1e6);
    expect(first).toBeLessThanOrEqual(100);
    expect(end).toBeGreaterThanOrEqual(110);
    expect(end - first).toBeLessThan(30);
  });

  it('stays inside the table', () => {
    expect(visibleRows(0, 260, 3)).toEqual({ first: 0, end: 3 });
    expect(visibleRows(9999, 260, 0)).toEqual({ first: 0, end: 0 });
  });
});

describe('scrollToRow', () => {
  it('moves as little as it can', () => {
    expect(scrollToRow(5, 0, 10 * ROW_HEIGHT)).toBe(0);
    expect(scrollToRow(10, 0, 10 * ROW_HEIGHT)).toBe(ROW_HEIGHT);
    expect(scrollToRow(2, 5 * ROW_HEIGHT, 10 * ROW_HEIGHT)).toBe(
      2 * ROW_HEIGHT
    );
  });
});

describe('moveRow', () => {
  it.each([
    ['ArrowDown', 6],
    ['ArrowUp', 4],
    ['PageDown', 9],
    ['PageUp', 0],
    ['Home', 0],
    ['End', 9],
    ['x', undefined]
  ])('%s goes to %s', (key, target) => {
    expect(moveRow(5, 10, 8, key)).toBe(target);
  });
});
