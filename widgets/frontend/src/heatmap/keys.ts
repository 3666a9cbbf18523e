import type { PolicyData } from './data';
import type { Cell } from './geometry';

const LEAP = 10;

/**
 * Where a key takes the crosshair: arrows by one node (ten with Shift) or one row, Page Up and Page
 * Down to the next panel, Home and End to the ends. Up in the picture is up on the keyboard.
 *
 * @returns the new cell, null to hide the crosshair, or undefined if the key has no meaning here
 */
export function moveCell(
  data: PolicyData,
  cell: Cell | null,
  key: string,
  shift: boolean
): Cell | null | undefined {
  const columns = data.x.length;
  const rows = data.timeToGo.length;
  const from = cell ?? {
    panel: 1,
    row: rows - 1,
    column: (columns - 1) >> 1
  };
  const step = shift ? LEAP : 1;
  const to = (change: Partial<Cell>): Cell => ({
    panel: clamp(change.panel ?? from.panel, 3),
    row: clamp(change.row ?? from.row, rows),
    column: clamp(change.column ?? from.column, columns)
  });
  switch (key) {
    case 'ArrowLeft':
      return cell === null ? from : to({ column: from.column - step });
    case 'ArrowRight':
      return cell === null ? from : to({ column: from.column + step });
    case 'ArrowUp':
      return cell === null
        ? from
        : rows === 1
          ? to({ panel: from.panel - 1 })
          : to({ row: from.row + step });
    case 'ArrowDown':
      return cell === null
        ? from
        : rows === 1
          ? to({ panel: from.panel + 1 })
          : to({ row: from.row - step });
    case 'PageUp':
      return to({ panel: from.panel - 1 });
    case 'PageDown':
      return to({ panel: from.panel + 1 });
    case 'Home':
      return to({ column: 0 });
    case 'End':
      return to({ column: columns - 1 });
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}

/** The same for a plain grid: arrows by one cell (ten with Shift), Home and End, Escape. */
export function moveInGrid(
  size: { rows: number; columns: number },
  cell: Cell | null,
  start: Cell,
  key: string,
  shift: boolean
): Cell | null | undefined {
  if (key === 'Escape') {
    return null;
  }
  const step = shift ? LEAP : 1;
  const moves: Readonly<Record<string, [number, number]>> = {
    ArrowLeft: [0, -step],
    ArrowRight: [0, step],
    ArrowUp: [step, 0],
    ArrowDown: [-step, 0],
    Home: [0, -size.columns],
    End: [0, size.columns]
  };
  const move = moves[key];
  if (move === undefined) {
    return undefined;
  }
  return cell === null
    ? start
    : {
        panel: 0,
        row: clamp(cell.row + move[0], size.rows),
        column: clamp(cell.column + move[1], size.columns)
      };
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
