/** Where things are: pixels to cells of the policy and back. No drawing, no DOM. */

import { Axis, type Rect } from '../shared/axis';

export { Axis, spreadLabels, ticks, type Rect } from '../shared/axis';

/** One node of the policy: a panel (current position), a row (time to go) and a column (spread). */
export interface Cell {
  panel: number;
  row: number;
  column: number;
}

export interface Layout {
  width: number;
  height: number;
  /** One a current position, from top to bottom. */
  panels: Rect[];
}

export const MARGIN = { left: 78, right: 14, top: 22, bottom: 38 } as const;
/** Room above each panel for the values of its boundaries. */
const GAP = 20;
const PANEL_HEIGHT = { single: 46, many: 104 } as const;

const LEAST_HEIGHT = 16;

/**
 * Stack `count` panels in a view of a given width; a panel of one row is a thin band.
 *
 * @param room - the height there is, where the view does not choose its own
 */
export function layoutPanels(
  width: number,
  count: number,
  rows: number,
  room: number | null = null
): Layout {
  const own = rows === 1 ? PANEL_HEIGHT.single : PANEL_HEIGHT.many;
  const given =
    ((room ?? 0) - MARGIN.top - (count - 1) * GAP - MARGIN.bottom) / count;
  const height =
    room === null ? own : Math.max(Math.floor(given), LEAST_HEIGHT);
  const inner = Math.max(width - MARGIN.left - MARGIN.right, 1);
  const panels = Array.from({ length: count }, (_, k) => ({
    left: MARGIN.left,
    top: MARGIN.top + k * (height + GAP),
    width: inner,
    height
  }));
  return {
    width,
    height: MARGIN.top + count * height + (count - 1) * GAP + MARGIN.bottom,
    panels
  };
}

/**
 * Edges of the cells around ascending nodes: halfway between neighbours, and at the two ends as far
 * outside as the first and last node are from their inner edge. One node gets a cell of width 1.
 */
export function cellEdges(nodes: Float64Array): Float64Array {
  const n = nodes.length;
  const edges = new Float64Array(n + 1);
  for (let k = 1; k < n; k++) {
    edges[k] = (nodes[k - 1]! + nodes[k]!) / 2;
  }
  edges[0] = n > 1 ? 2 * nodes[0]! - edges[1]! : nodes[0]! - 0.5;
  edges[n] = n > 1 ? 2 * nodes[n - 1]! - edges[n - 1]! : nodes[0]! + 0.5;
  return edges;
}

/** Index of the cell that holds a value; values outside belong to the first or last cell. */
export function findCell(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (value >= edges[middle]!) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

export function columnAxis(panel: Rect, edges: Float64Array): Axis {
  return new Axis(edges[0]!, edges[edges.length - 1]!, panel.left, panel.width);
}

/** Time to go grows upwards, so that the end of the trade is at the bottom. */
export function rowAxis(panel: Rect, edges: Float64Array): Axis {
  return new Axis(
    edges[0]!,
    edges[edges.length - 1]!,
    panel.top + panel.height,
    -panel.height
  );
}

/** The cell under a pixel, or null between and outside the panels. */
export function cellAt(
  layout: Layout,
  columnEdges: Float64Array,
  rowEdges: Float64Array,
  x: number,
  y: number
): Cell | null {
  const panel = layout.panels.findIndex(
    ({ left, top, width, height }) =>
      x >= left && x <= left + width && y >= top && y <= top + height
  );
  if (panel === -1) {
    return null;
  }
  const rect = layout.panels[panel]!;
  return {
    panel,
    row: findCell(rowEdges, rowAxis(rect, rowEdges).toValue(y)),
    column: findCell(columnEdges, columnAxis(rect, columnEdges).toValue(x))
  };
}

/** A run of neighbouring columns in one row with one action. */
export interface Run {
  action: number;
  first: number;
  last: number;
}

/**
 * Runs along a whole array, cut where its rows end.
 *
 * @param values - the action of each run
 * @param ends - the index that each run ends before, ascending
 * @param width - columns of a row
 */
export function cutRuns(
  values: Int8Array,
  ends: Int32Array,
  width: number
): Run[][] {
  const rows: Run[][] = [];
  let row: Run[] = [];
  let first = 0;
  ends.forEach((end, k) => {
    const action = values[k]!;
    let from = rows.length * width + first;
    while (from < end) {
      const last = Math.min(end - rows.length * width, width) - 1;
      const before = row.at(-1);
      if (before?.action === action) {
        before.last = last;
      } else {
        row.push({ action, first, last });
      }
      first = last + 1;
      if (first === width) {
        rows.push(row);
        row = [];
        first = 0;
      }
      from = rows.length * width + first;
    }
  });
  return rows;
}
