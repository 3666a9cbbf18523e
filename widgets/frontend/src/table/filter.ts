/**
 * What a reader may write into a column's filter; the same rules as `conditions.py`.
 *
 * Numbers are compared (`< .05`, `>= 2`) or lie in a range (`5 .. 30`); a bare number is `=`.
 */

export type NumberTest = (value: number) => boolean;

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const COMPARISON = new RegExp(`^(<=|>=|<|>|=)?\\s*(${NUMBER})$`);
const RANGE = new RegExp(`^(${NUMBER})?\\s*\\.\\.\\s*(${NUMBER})?$`);

export const ALLOWED = 'like < .05, >= 2, 5 .. 30 or 2';

/** The test that a condition asks for: null for none, undefined if it can't be read. */
export function numberTest(text: string): NumberTest | null | undefined {
  const condition = text.trim().toLowerCase();
  if (condition === '') {
    return null;
  }
  const comparison = COMPARISON.exec(condition);
  if (comparison !== null) {
    return compare(comparison[1] ?? '=', Number(comparison[2]));
  }
  const range = RANGE.exec(condition);
  if (range === null || condition === '..') {
    return undefined;
  }
  const low = range[1] === undefined ? -Infinity : Number(range[1]);
  const high = range[2] === undefined ? Infinity : Number(range[2]);
  return value => value >= low && value <= high;
}

function compare(sign: string, limit: number): NumberTest {
  switch (sign) {
    case '<':
      return value => value < limit;
    case '<=':
      return value => value <= limit;
    case '>':
      return value => value > limit;
    case '>=':
      return value => value >= limit;
    default:
      return value => value === limit;
  }
}

/** The words of a search or of a filter on words. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,–-]+/)
    .filter(Boolean);
}
