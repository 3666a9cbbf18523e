import { describe, expect, it } from 'vitest';

import {
  deviation,
  readPolicy,
  roundTicks,
  short
} from '../src/viewers/policy';

const content = {
  format: 'spreadlab.policy',
  version: 1,
  spec: { kappa: 2, theta: 0.5, sigma: 0.4, horizon: 1, objective: 'cash' },
  thresholds: {
    enter_long: -0.1,
    exit_long: 0.6,
    enter_short: 1.1,
    exit_short: 0.4
  },
  boundaries: {
    time_to_go: [0.5, 'Infinity'],
    enter_long: ['NaN', -0.1],
    exit_long: [0.5, 0.6],
    enter_short: ['NaN', 1.1],
    exit_short: [0.5, 0.4]
  },
  parts: { method: 'exact', error: 1e-12 }
};

describe('readPolicy', () => {
  it('reads numbers, and words for those that JSON lacks', () => {
    const policy = readPolicy(JSON.stringify(content));
    expect(policy.boundaries['enter_long']).toEqual([NaN, -0.1]);
    expect(policy.boundaries['time_to_go']).toEqual([0.5, Infinity]);
    expect(policy.thresholds['exit_short']).toBe(0.4);
    expect(deviation(policy)).toBeCloseTo(0.2, 12);
  });

  it.each([
    ['{', 'no JSON'],
    ['[]', 'it has no the file'],
    ['{"format": "other"}', 'no policy'],
    [JSON.stringify({ ...content, version: 2 }), 'version 2'],
    [JSON.stringify({ ...content, boundaries: {} }), 'has no time_to_go'],
    [
      JSON.stringify({
        ...content,
        boundaries: { ...content.boundaries, exit_long: [1] }
      }),
      'uneven'
    ],
    [
      JSON.stringify({ ...content, thresholds: { enter_long: '<b>' } }),
      'enter_long is "<b>"'
    ]
  ])('says what is wrong with %s', (text, words) => {
    expect(() => readPolicy(text)).toThrow(words);
  });
});

describe('short', () => {
  it.each([
    [0, '0'],
    [-0.0146071, '−0.01461'],
    [123456, '123500'],
    [1.5e-7, '1.50e−7'],
    [NaN, '–'],
    [-Infinity, '−∞']
  ])('shows %d as %s', (value, text) => {
    expect(short(value)).toBe(text);
  });
});

describe('roundTicks', () => {
  it.each([
    [-0.06632, 0.06313, [-0.05, 0, 0.05]],
    [0.1, 1.1, [0.2, 0.4, 0.6, 0.8, 1]],
    [-1.3, 2.4, [-1, 0, 1, 2]],
    [970, 1030, [980, 1000, 1020]]
  ])('from %d to %d', (low, high, ticks) => {
    expect(roundTicks(low, high)).toEqual(ticks);
  });

  it('is an error where there is nothing between', () => {
    expect(() => roundTicks(1, 1)).toThrow('nothing between');
    expect(() => roundTicks(NaN, 1)).toThrow('nothing between');
  });
});
