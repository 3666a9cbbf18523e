import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { numberTest } from '../src/table/filter';

interface Cases {
  valid: string[];
  invalid: string[];
  matches: [string, (number | null)[], boolean[]][];
}

// The Python side reads the same file.
const CASES = JSON.parse(
  readFileSync(
    new URL('../../../tests/widgets/condition_cases.json', import.meta.url),
    'utf8'
  )
) as Cases;

describe('numberTest', () => {
  it.each(CASES.valid)('reads %j', text => {
    expect(numberTest(text)).not.toBeUndefined();
  });

  it.each(CASES.invalid)('does not read %j', text => {
    expect(numberTest(text)).toBeUndefined();
  });

  it.each(CASES.matches)('%j', (text, values, expected) => {
    const test = numberTest(text);
    expect(values.map(value => test?.(value ?? NaN) ?? true)).toEqual(expected);
  });
});
