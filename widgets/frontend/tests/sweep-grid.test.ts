import { describe, expect, it } from 'vitest';

import { figureText, trialWords } from '../src/backtest/metrics';
import { cellAt, cellRect, gridRect } from '../src/backtest/sweep_draw';
import {
  cellText,
  metricText,
  SweepGrid,
  valueText,
  type WireSweep
} from '../src/backtest/sweep_grid';
import { encode } from '../src/shared/codec';
import { black, mix, parseColour } from '../src/shared/colour';

function wire(sizes: number[]): WireSweep {
  const count = sizes.reduce((product, size) => product * size, 1);
  const figure = Float64Array.from({ length: count }, (_, k) =>
    k === 1 ? NaN : k / 10
  );
  const sent = encode({ data: figure, shape: sizes });
  return {
    names: sizes.map((_, axis) => `p${axis}`),
    values: sizes.map(size =>
      encode({
        data: Float64Array.from({ length: size }, (_, k) => k + 1),
        shape: [size]
      })
    ),
    figures: { sharpe: sent, total_return: sent, n_trades: sent },
    best: count - 1,
    rule: 'ZScoreRule',
    n_trials: count - 1,
    effective_trials: 3.5
  };
}

describe('SweepGrid', () => {
  it('numbers points in C order, and back', () => {
    const grid = new SweepGrid(wire([3, 4, 5]));
    for (let point = 0; point < 60; point++) {
      expect(grid.point(grid.indices(point))).toBe(point);
    }
    expect(grid.indices(29)).toEqual([1, 1, 4]);
  });

  it('shows the last two parameters, the others held where the best point is', () => {
    const grid = new SweepGrid(wire([3, 4, 5]));
    expect([grid.rows, grid.columns]).toEqual([4, 5]);
    expect(grid.pointOf(0, 0)).toBe(40);
    expect(grid.cellOf(41)).toEqual({ row: 0, column: 1 });
    expect(grid.cellOf(1)).toBeNull();
    grid.goTo(1);
    expect(grid.cellOf(1)).toEqual({ row: 0, column: 1 });
  });

  it('moves by keys as far as there are cells', () => {
    const grid = new SweepGrid(wire([3, 4]));
    expect(grid.cursor).toEqual({ row: 2, column: 3 });
    grid.step(5, 5);
    expect(grid.cursor).toEqual({ row: 2, column: 3 });
    grid.step(-1, -1);
    expect(grid.point(grid.at)).toBe(6);
  });

  it('has one row where one parameter varies', () => {
    const grid = new SweepGrid(wire([6]));
    expect([grid.rows, grid.columns]).toEqual([1, 6]);
    grid.step(-2, 1);
    expect(grid.cursor).toEqual({ row: 0, column: 3 });
  });

  it('knows the points that make no rule', () => {
    const grid = new SweepGrid(wire([3, 4]));
    expect(grid.trades(1)).toBe(false);
    expect(grid.trades(2)).toBe(true);
  });

  it('finds the cell that is drawn at a pixel', () => {
    const grid = new SweepGrid(wire([3, 4]));
    const rect = gridRect(400, 250);
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        const { left, top, width, height } = cellRect(grid, rect, {
          row,
          column
        });
        const found = cellAt(grid, rect, left + width / 2, top + height / 2);
        expect(found).toEqual({ row, column });
      }
    }
    expect(cellAt(grid, rect, 2, 2)).toBeNull();
    // The first row is at the bottom.
    const bottom = cellRect(grid, rect, { row: 0, column: 0 }).top;
    expect(bottom).toBeGreaterThan(
      cellRect(grid, rect, { row: 2, column: 0 }).top
    );
  });
});

it('figures are written with their units', () => {
  expect(metricText('total_return', 0.364)).toBe('36.4 %');
  expect(metricText('n_trades', 26)).toBe('26');
  expect(cellText('sharpe', -0.021)).toBe('−0.02');
  expect(cellText('max_drawdown', -0.1234)).toBe('−12.3');
  expect(valueText(Infinity)).toBe('never');
  expect(valueText(90)).toBe('90');
  expect(figureText(0.0412, 'percent')).toBe('4.12 %');
  expect(figureText(null, 'number')).toBe('n/a');
  expect(figureText('infinite', 'number')).toBe('∞');
});

it('trials are counted in words', () => {
  const metrics = { parts: [], sharpe: [], rows: [], rule: '' };
  expect(trialWords({ ...metrics, n_trials: 0, n_effective: 0 })).toBe(
    'no trial is on record in this study'
  );
  expect(trialWords({ ...metrics, n_trials: 56, n_effective: 25.9 })).toBe(
    '56 trials in this study, worth 25.9 independent ones'
  );
});

it('text on a colour is black or white, whichever is read better', () => {
  expect(parseColour('rgba(0, 114, 178, 0.5)')).toEqual([0, 114, 178]);
  expect(parseColour('color(srgb 1 0.5 0)')).toEqual([255, 127.5, 0]);
  expect(() => parseColour('')).toThrow(/not a colour/);
  expect(mix([0, 0, 0], [100, 200, 50], 0.5)).toEqual([50, 100, 25]);
  expect(black([255, 255, 255])).toBe(true);
  expect(black([230, 159, 0])).toBe(true);
  expect(black([0, 60, 110])).toBe(false);
});
