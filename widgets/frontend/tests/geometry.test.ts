import { describe, expect, it } from 'vitest';

import {
  cellAt,
  cellEdges,
  cutRuns,
  columnAxis,
  findCell,
  layoutPanels,
  rowAxis,
  spreadLabels,
  ticks
} from '../src/heatmap/geometry';

const X = Float64Array.of(-2, -1, 0, 1, 3);
const EDGES = cellEdges(X);
const ONE_ROW = cellEdges(Float64Array.of(0));

describe('cellEdges', () => {
  it('puts edges halfway, and the ends as far out as in', () => {
    expect(Array.from(EDGES)).toEqual([-2.5, -1.5, -0.5, 0.5, 2, 4]);
  });

  it('gives a single node a cell of its own', () => {
    expect(Array.from(ONE_ROW)).toEqual([-0.5, 0.5]);
  });
});

describe('findCell', () => {
  it.each([
    [-9, 0],
    [-2.5, 0],
    [-1.5, 1],
    [-1.51, 0],
    [0.49, 2],
    [1.9, 3],
    [2, 4],
    [9, 4]
  ])('%f lies in cell %i', (value, cell) => {
    expect(findCell(EDGES, value)).toBe(cell);
  });
});

describe('cellAt', () => {
  const layout = layoutPanels(600, 3, 1);

  it('finds every node again from the pixel it is drawn at', () => {
    layout.panels.forEach((rect, panel) => {
      X.forEach((x, column) => {
        const pixel = columnAxis(rect, EDGES).toPixel(x);
        expect(
          cellAt(layout, EDGES, ONE_ROW, pixel, rect.top + rect.height / 2)
        ).toEqual({ panel, row: 0, column });
      });
    });
  });

  it('has time to go growing upwards', () => {
    const rowEdges = cellEdges(Float64Array.of(0, 0.5, 1));
    const many = layoutPanels(600, 3, 3);
    const rect = many.panels[1]!;
    const x = rect.left + 1;
    expect(cellAt(many, EDGES, rowEdges, x, rect.top + 1)?.row).toBe(2);
    expect(
      cellAt(many, EDGES, rowEdges, x, rect.top + rect.height - 1)?.row
    ).toBe(0);
    const axis = rowAxis(rect, rowEdges);
    expect(cellAt(many, EDGES, rowEdges, x, axis.toPixel(0.5))?.row).toBe(1);
  });

  it('is nowhere between the panels and in the margins', () => {
    const [first, second] = layout.panels;
    const between = (first!.top + first!.height + second!.top) / 2;
    expect(cellAt(layout, EDGES, ONE_ROW, 300, between)).toBeNull();
    expect(cellAt(layout, EDGES, ONE_ROW, 10, first!.top + 5)).toBeNull();
  });

  it('survives a view too narrow to draw in', () => {
    const narrow = layoutPanels(20, 3, 1);
    expect(narrow.panels[0]!.width).toBeGreaterThan(0);
  });
});

describe('ticks', () => {
  it('are round and inside', () => {
    expect(ticks(-0.101, 0.099, 4).map(v => Number(v.toFixed(12)))).toEqual([
      -0.1, -0.05, 0, 0.05
    ]);
    expect(ticks(0, 1, 3)).toEqual([0, 0.5, 1]);
  });

  it('are never more than asked for, by more than one', () => {
    for (let most = 1; most < 12; most++) {
      for (const high of [1e-7, 0.37, 1, 42, 9e5]) {
        expect(ticks(-high / 3, high, most).length).toBeLessThanOrEqual(
          most + 1
        );
      }
    }
  });
});

describe('cutRuns', () => {
  const cut = (values: number[], ends: number[], width: number) =>
    cutRuns(Int8Array.from(values), Int32Array.from(ends), width);

  it('gives every row its own runs, where one goes on over the end of a row', () => {
    expect(cut([1, 0, -1], [2, 9, 12], 6)).toEqual([
      [
        { action: 1, first: 0, last: 1 },
        { action: 0, first: 2, last: 5 }
      ],
      [
        { action: 0, first: 0, last: 2 },
        { action: -1, first: 3, last: 5 }
      ]
    ]);
  });

  it('repeats a run that is longer than rows, and joins neighbours of one action', () => {
    expect(cut([1], [6], 2)).toEqual(
      Array.from({ length: 3 }, () => [{ action: 1, first: 0, last: 1 }])
    );
    expect(cut([0, 0, 1], [1, 2, 3], 3)).toEqual([
      [
        { action: 0, first: 0, last: 1 },
        { action: 1, first: 2, last: 2 }
      ]
    ]);
    expect(cut([], [], 3)).toEqual([]);
  });
});

describe('spreadLabels', () => {
  it('centres labels that have room', () => {
    expect(spreadLabels([50, 150], [20, 20], 0, 200, 5)).toEqual([40, 140]);
  });

  it('pushes neighbours apart evenly', () => {
    expect(spreadLabels([100, 102], [20, 20], 0, 200, 6)).toEqual([78, 104]);
  });

  it('keeps them inside and apart at the edges', () => {
    const lefts = spreadLabels([1, 2, 199], [30, 30, 30], 0, 200, 5)!;
    expect(lefts[0]).toBeGreaterThanOrEqual(0);
    expect(lefts[1]! - lefts[0]!).toBeGreaterThanOrEqual(35 - 1e-6);
    expect(lefts[2]).toBe(170);
  });

  it('gives up where nothing fits', () => {
    expect(spreadLabels([5, 6], [60, 60], 0, 100, 5)).toBeNull();
    expect(spreadLabels([], [], 0, 100, 5)).toEqual([]);
  });
});
