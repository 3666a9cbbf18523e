import { short } from '../shared/format';
import {
  flatIndex,
  hasHorizon,
  positionOf,
  rowRuns,
  type PolicyData
} from './data';
import type { Cell } from './geometry';

const HOLDING: Readonly<Record<number, string>> = {
  [-1]: 'short',
  0: 'flat',
  1: 'long'
};

/** What going from one position to another is called. */
export function actionWords(position: number, target: number): string {
  if (position === target) {
    return target === 0 ? 'stay flat' : `hold ${HOLDING[target]}`;
  }
  if (position === 0) {
    return `enter ${HOLDING[target]}`;
  }
  return target === 0 ? `exit ${HOLDING[position]}` : `turn ${HOLDING[target]}`;
}

export function panelLabel(position: number): string {
  return `if ${HOLDING[position]}`;
}

export interface Readout {
  spread: string;
  time: string;
  position: string;
  action: string;
  value: string;
}

/** The numbers under the crosshair. */
export function readout(data: PolicyData, cell: Cell): Readout {
  const index = flatIndex(data, cell);
  const position = positionOf(cell);
  return {
    spread: short(data.x[cell.column]!, 4),
    time: hasHorizon(data.timeToGo)
      ? `${short(data.timeToGo[cell.row]!)} years`
      : 'no horizon',
    position: HOLDING[position]!,
    action: actionWords(position, data.action[index]!),
    value: data.value === null ? '…' : short(data.value[index]!, 4)
  };
}

/** The whole policy in a sentence a panel, for those who cannot see the picture. */
export function summary(data: PolicyData): string {
  const row = data.timeToGo.length - 1;
  const sentences = [0, 1, 2].map(panel => {
    const position = positionOf({ panel, row, column: 0 });
    const parts = rowRuns(data, panel, row).map(
      ({ action, first, last }) =>
        `${actionWords(position, action)} from ${short(data.x[first]!)} to ${short(data.x[last]!)}`
    );
    return `${panelLabel(position)}: ${parts.join(', ')}.`;
  });
  const when = hasHorizon(data.timeToGo)
    ? ` with ${short(data.timeToGo[row]!)} years to go`
    : '';
  return `Optimal action by spread${when}. ${sentences.join(' ')}`;
}
