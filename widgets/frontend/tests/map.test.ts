import { describe, expect, it } from 'vitest';

import { encode } from '../src/shared/codec';
import { MapData, type WireCells } from '../src/map/data';
import { cellAt, layoutMap, moveCell } from '../src/map/geometry';
import { pixels, shade, stops } from '../src/map/shade';

// Shown as C, A, B; pairs in the order AB, AC, BC.
const WIRE: WireCells = {
  symbols: ['A', 'B', 'C'],
  order: encode({ data: Int32Array.of(2, 0, 1), shape: [3] }),
  pvalues: encode({
    data: Float64Array.of(0.1, 0.2, 0.3, 0.01, 0.02, 0.03),
    shape: [2, 3]
  }),
  alpha: 0.05,
  hidden: 0,
  stamp: '0:9'
};
const FORWARD: WireCells = {
  ...WIRE,
  pvalues: encode({ data: Float64Array.of(0.1, 0.2, 0.3), shape: [1, 3] })
};
const table = (data: MapData): number[][] =>
  [0, 1, 2].map(row => [0, 1, 2].map(column => data.value({ row, column })));

describe('MapData', () => {
  it('has the dependent down and the hedge across', () => {
    const data = new MapData(WIRE);
    expect(table(data)).toEqual([
      [NaN, 0.02, 0.03],
      [0.2, NaN, 0.1],
      [0.3, 0.01, NaN]
    ]);
    expect(data.pair({ row: 1, column: 0 })).toEqual(['A', 'C']);
    expect(data.pair({ row: 0, column: 1 })).toEqual(['C', 'A']);
    expect(data.pair({ row: 2, column: 2 })).toBeNull();
    expect(data.cellOf(['B', 'A'])).toEqual({ row: 2, column: 1 });
    expect(data.cellOf(['B', 'Z'])).toBeNull();
  });

  it('stands for the one direction that was tested', () => {
    const data = new MapData(FORWARD);
    expect(table(data)[0]).toEqual([NaN, 0.2, 0.3]);
    expect(data.pair({ row: 0, column: 1 })).toEqual(['A', 'C']);
  });

  it('refuses p-values of another universe', () => {
    expect(
      () => new MapData({ ...WIRE, symbols: ['A', 'B', 'C', 'D'] })
    ).toThrow(/must be 1 or 2 x 6/);
  });
});

describe('shade', () => {
  it('goes from the first colour at 1 to the last at .0001', () => {
    for (const dark of [false, true]) {
      const ends = [shade(1, dark), shade(1e-4, dark), shade(1e-12, dark)];
      const hex = ends.map(
        rgb => `#${rgb.map(c => c.toString(16).padStart(2, '0')).join('')}`
      );
      const colours = stops(dark);
      expect(hex).toEqual([colours[0], colours[4], colours[4]]);
    }
  });

  it('leaves cells without a test open and keeps the smallest of a block', () => {
    const fine = pixels(new MapData(WIRE), false, 300);
    expect(fine.size).toBe(3);
    expect(fine.rgba[3]).toBe(0);
    expect(fine.rgba[7]).toBe(255);
    const coarse = pixels(new MapData(WIRE), false, 2);
    expect(coarse.size).toBe(2);
    const [red] = shade(0.02, false);
    expect(Math.abs(coarse.rgba[0]! - red)).toBeLessThanOrEqual(1);
  });
});

describe('geometry', () => {
  it('names symbols where they fit', () => {
    expect(layoutMap(380, 20, 4).margin).toBeGreaterThan(0);
    expect(layoutMap(380, 200, 4)).toEqual({ margin: 0, side: 320 });
    expect(layoutMap(200, 200, 4).side).toBe(200);
  });

  it('finds the cell under a point', () => {
    const layout = { margin: 20, side: 100 };
    expect(cellAt(layout, 10, 20, 0)).toEqual({ row: 0, column: 0 });
    expect(cellAt(layout, 10, 119, 55)).toEqual({ row: 5, column: 9 });
    expect(cellAt(layout, 10, 10, 5)).toBeNull();
    expect(cellAt(layout, 10, 60, 100)).toBeNull();
  });

  it('moves by keys and stays inside', () => {
    const at = { row: 5, column: 5 };
    expect(moveCell(at, 12, 'ArrowUp', false)).toEqual({ row: 4, column: 5 });
    expect(moveCell(at, 12, 'ArrowRight', true)).toEqual({
      row: 5,
      column: 11
    });
    expect(moveCell(at, 12, 'PageUp', false)).toEqual({ row: 0, column: 5 });
    expect(moveCell(null, 12, 'ArrowUp', false)).toEqual({ row: 0, column: 1 });
    expect(moveCell(at, 12, 'x', false)).toBeUndefined();
  });
});
