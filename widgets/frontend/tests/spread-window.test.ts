import { describe, expect, it } from 'vitest';

import { rebase } from '../src/spread/data';
import {
  gripAt,
  moveEdge,
  windowBetween,
  windowKey,
  type Window
} from '../src/spread/window';

const COUNT = 500;
const LEAST = 30;

describe('the in-sample window', () => {
  it('is taken at an edge, else drawn anew', () => {
    expect(gripAt(103, 100, 300, 8)).toBe('first');
    expect(gripAt(296, 100, 300, 8)).toBe('end');
    expect(gripAt(200, 100, 300, 8)).toBe('new');
  });

  it('holds both bars of a drag, whichever way it went', () => {
    expect(windowBetween(100, 199, COUNT, LEAST)).toEqual([100, 200]);
    expect(windowBetween(199, 100, COUNT, LEAST)).toEqual([100, 200]);
  });

  it('is never shorter than the least nor outside the prices', () => {
    for (let from = 0; from < COUNT; from += 7) {
      for (let to = -20; to < COUNT + 20; to += 13) {
        const [first, end] = windowBetween(from, to, COUNT, LEAST);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(COUNT);
        expect(end - first).toBeGreaterThanOrEqual(LEAST);
      }
    }
  });

  it('moves one edge and leaves the other', () => {
    const window: Window = [100, 200];
    expect(moveEdge(window, 'end', 900, COUNT, LEAST)).toEqual([100, 500]);
    expect(moveEdge(window, 'end', 0, COUNT, LEAST)).toEqual([100, 130]);
    expect(moveEdge(window, 'first', 190, COUNT, LEAST)).toEqual([170, 200]);
    expect(moveEdge(window, 'first', -9, COUNT, LEAST)).toEqual([0, 200]);
  });

  it('follows the keys', () => {
    const window: Window = [100, 200];
    expect(windowKey(window, ']', 10, COUNT, LEAST)).toEqual([100, 210]);
    expect(windowKey(window, '[', 10, COUNT, LEAST)).toEqual([100, 190]);
    expect(windowKey(window, '}', 10, COUNT, LEAST)).toEqual([110, 200]);
    expect(windowKey(window, '{', 10, COUNT, LEAST)).toEqual([90, 200]);
    expect(windowKey(window, 'x', 10, COUNT, LEAST)).toBeUndefined();
  });
});

it('prices are 100 at the first bar, and a first price of 0 stays', () => {
  expect([...rebase(Float64Array.of(4, 5, 2))]).toEqual([100, 125, 50]);
  expect([...rebase(Float64Array.of(0, 5))]).toEqual([0, 5]);
});
