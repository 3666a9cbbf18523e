import { partAt, type Part, type Trades } from './data';

export type Column =
  | 'number'
  | 'part'
  | 'direction'
  | 'entry'
  | 'exit'
  | 'holding'
  | 'pnl'
  | 'mae'
  | 'mfe'
  | 'costs'
  | 'reason';

/** What a column is sorted by. */
export function sortKey(
  trades: Trades,
  column: Column,
  trade: number
): number | string {
  if (column === 'number') {
    return trade;
  }
  const value = trades[column][trade]!;
  return column === 'reason' ? (trades.reasons[value] ?? '') : value;
}

/** Trades in the order of a column; trades with the same value stay in the order of time. */
export function ordered(
  trades: Trades,
  column: Column,
  ascending: boolean
): Int32Array {
  const sign = ascending ? 1 : -1;
  const keys = Array.from({ length: trades.count }, (_, k) =>
    sortKey(trades, column, k)
  );
  return Int32Array.from(keys.keys()).sort((a, b) => {
    const [left, right] = [keys[a]!, keys[b]!];
    return left < right ? -sign : left > right ? sign : a - b;
  });
}

/** "in sample" or "out of sample" of a trade. */
export function partName(
  parts: readonly Part[],
  trades: Trades,
  k: number
): string {
  return parts[partAt(parts, trades.entry[k]!)]?.name ?? '';
}
