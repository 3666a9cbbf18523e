import {
  decodeFloat64,
  decodeInt32,
  decodeInt8,
  decodeRuns,
  type WireArray,
  type WireRuns
} from '../shared/codec';
import { cellEdges, cutRuns, type Cell, type Run } from './geometry';

/** What the view draws: the policy on its grid, decoded once a change. */
export interface PolicyData {
  /** Spread at the nodes, ascending. */
  x: Float64Array;
  /** Years to the end at the rows, ascending; [Infinity] without a horizon. */
  timeToGo: Float64Array;
  /** Target position by [panel as in POSITIONS, row, column]. */
  action: Int8Array;
  /** The same as runs of each row, position by position. */
  rows: readonly (readonly Run[])[];
  /** Value function, laid out as `action`; null while it is still on its way. */
  value: Float64Array | null;
  /** Long-run mean of the spread. */
  mean: number;
  columnEdges: Float64Array;
  rowEdges: Float64Array;
}

export interface WirePolicy {
  x: WireArray;
  time_to_go: WireArray;
  action: WireRuns;
  value: WireArray | null;
  mean: number;
}

/** Current positions in the order of the panels, from top to bottom. */
export const POSITIONS = [1, 0, -1] as const;

export function decodePolicy(wire: WirePolicy): PolicyData {
  const x = decodeFloat64(wire.x).data;
  const timeToGo = decodeFloat64(wire.time_to_go).data;
  const action = decodeRuns(wire.action);
  const value = wire.value === null ? null : decodeFloat64(wire.value);
  const wanted = [3, timeToGo.length, x.length].join(' x ');
  for (const [name, array] of Object.entries({ action, value })) {
    const shape = array?.shape.join(' x ') ?? wanted;
    if (shape !== wanted) {
      throw new RangeError(
        `policy: "${name}" has shape ${shape}; must be ${wanted}`
      );
    }
  }
  return {
    x,
    timeToGo,
    action: action.data,
    rows: cutRuns(
      decodeInt8(wire.action.values).data,
      decodeInt32(wire.action.ends).data,
      x.length
    ),
    value: value?.data ?? null,
    mean: wire.mean,
    columnEdges: cellEdges(x),
    rowEdges: cellEdges(hasHorizon(timeToGo) ? timeToGo : Float64Array.of(0))
  };
}

export function hasHorizon(timeToGo: Float64Array): boolean {
  return timeToGo.length > 1 || Number.isFinite(timeToGo[0]);
}

/** The position a panel stands for. */
export function positionOf(cell: Cell): -1 | 0 | 1 {
  return POSITIONS[cell.panel]!;
}

/** Index of a cell in the flat arrays: the wire has positions in ascending order. */
export function flatIndex(data: PolicyData, cell: Cell): number {
  const position = positionOf(cell) + 1;
  const rows = data.timeToGo.length;
  return (position * rows + cell.row) * data.x.length + cell.column;
}

/** The actions of one row of a panel, from the lowest spread to the highest. */
export function rowRuns(
  data: PolicyData,
  panel: number,
  row: number
): readonly Run[] {
  return data.rows[(POSITIONS[panel]! + 1) * data.timeToGo.length + row]!;
}
