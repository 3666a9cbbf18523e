import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { integer, pvalue, short } from '../src/shared/format';
import { versionAdvice } from '../src/shared/version';

interface Cases {
  short: [number, string][];
  pvalue: [number, string][];
}

// The Python tests read the same file: both sides write a number the same way.
const cases = JSON.parse(
  readFileSync(
    new URL('../../../tests/widgets/number_cases.json', import.meta.url),
    'utf8'
  )
) as Cases;

describe('numbers', () => {
  it.each(cases.short)('short(%f) is %s', (value, text) => {
    expect(short(value)).toBe(text.replace(/^-/, '−'));
  });

  it.each(cases.pvalue)('pvalue(%f) is %s', (value, text) => {
    expect(pvalue(value)).toBe(text);
  });

  it('writes what JSON cannot', () => {
    expect(short(Number.NaN)).toBe('n/a');
    expect(short(-Infinity)).toBe('−∞');
    expect(pvalue(Number.NaN)).toBe('n/a');
    expect(integer(-1234567)).toBe('−1,234,567');
  });
});

describe('versionAdvice', () => {
  it('is silent when versions agree and has the command when not', () => {
    expect(versionAdvice('0.1.0', '0.1.0')).toBeNull();
    expect(versionAdvice('0.2.0', '0.1.0')).toContain(
      'pip install --force-reinstall "spreadlab[lab]==0.2.0"'
    );
  });
});
