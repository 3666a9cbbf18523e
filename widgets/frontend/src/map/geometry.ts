import type { MapCell } from './data';

/** Where the map is in its canvas, in CSS pixels. */
export interface MapLayout {
  /** Room for names at the left and at the bottom; 0 where none fit. */
  margin: number;
  side: number;
}

const MOST_SIDE = 320;
const LEAST_CELL = 9;
const LETTER = 6.4;

export function layoutMap(
  width: number,
  size: number,
  longestName: number
): MapLayout {
  const margin = Math.ceil(Math.min(longestName, 8) * LETTER) + 6;
  const named = Math.min(width - margin, MOST_SIDE);
  return named / size >= LEAST_CELL
    ? { margin, side: named }
    : { margin: 0, side: Math.min(width, MOST_SIDE) };
}

/** The cell under a point, null beside the map. */
export function cellAt(
  layout: MapLayout,
  size: number,
  x: number,
  y: number
): MapCell | null {
  const column = Math.floor(((x - layout.margin) / layout.side) * size);
  const row = Math.floor((y / layout.side) * size);
  const inside = column >= 0 && column < size && row >= 0 && row < size;
  return inside ? { row, column } : null;
}

/** Where a key takes the crosshair; undefined if the key has no meaning here. */
export function moveCell(
  cell: MapCell | null,
  size: number,
  key: string,
  shift: boolean
): MapCell | undefined {
  const step = shift ? 10 : 1;
  const moves: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [-step, 0],
    ArrowDown: [step, 0],
    ArrowLeft: [0, -step],
    ArrowRight: [0, step],
    Home: [0, -size],
    End: [0, size],
    PageUp: [-size, 0],
    PageDown: [size, 0]
  };
  const move = moves[key];
  if (move === undefined) {
    return undefined;
  }
  if (cell === null) {
    return { row: 0, column: Math.min(1, size - 1) };
  }
  const clamp = (value: number): number =>
    Math.min(Math.max(value, 0), size - 1);
  return {
    row: clamp(cell.row + move[0]),
    column: clamp(cell.column + move[1])
  };
}
