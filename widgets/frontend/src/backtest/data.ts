import {
  decodeFloat64,
  decodeInt32,
  decodeInt8,
  type WireArray
} from '../shared/codec';

export interface Part {
  name: string;
  first: number;
  end: number;
}

export interface WireAccount {
  profit: WireArray;
  drawdown: WireArray;
  positions: WireArray;
  times: WireArray | null;
  parts: Part[];
  title: string;
}

export interface Account {
  /** Per cent of capital; each part from its own start. */
  profit: Float64Array;
  drawdown: Float64Array;
  positions: Int8Array;
  times: Float64Array | null;
  parts: Part[];
  title: string;
}

export function decodeAccount(wire: WireAccount): Account {
  return {
    ...wire,
    profit: decodeFloat64(wire.profit).data,
    drawdown: decodeFloat64(wire.drawdown).data,
    positions: decodeInt8(wire.positions).data,
    times: wire.times === null ? null : decodeFloat64(wire.times).data
  };
}

/** The part that a bar belongs to. */
export function partAt(parts: readonly Part[], bar: number): number {
  return parts.findIndex(({ first, end }) => bar >= first && bar < end);
}

const NUMBERS = ['pnl', 'mae', 'mfe', 'costs'] as const;
const BARS = ['entry', 'exit', 'holding'] as const;
const CODES = ['direction', 'part', 'reason'] as const;

export type WireTrades = Record<
  (typeof NUMBERS)[number] | (typeof BARS)[number] | (typeof CODES)[number],
  WireArray
> & { reasons: string[] };

export type Trades = Record<(typeof NUMBERS)[number], Float64Array> &
  Record<(typeof BARS)[number], Int32Array> &
  Record<(typeof CODES)[number], Int8Array> & {
    reasons: string[];
    count: number;
  };

export function decodeTrades(wire: WireTrades): Trades {
  const numbers = NUMBERS.map(
    name => [name, decodeFloat64(wire[name]).data] as const
  );
  const bars = BARS.map(name => [name, decodeInt32(wire[name]).data] as const);
  const codes = CODES.map(name => [name, decodeInt8(wire[name]).data] as const);
  return {
    ...Object.fromEntries([...numbers, ...bars, ...codes]),
    reasons: wire.reasons,
    count: wire.entry.shape[0]!
  } as Trades;
}

/** The trade that is open at a bar, -1 without one; of two that meet there the later one. */
export function tradeAt(trades: Trades, bar: number): number {
  for (let k = trades.count - 1; k >= 0; k--) {
    if (bar >= trades.entry[k]! && bar <= trades.exit[k]!) {
      return k;
    }
  }
  return -1;
}

/** A number; null where it does not exist. */
export type Figure = number | string | null;

export interface MetricRow {
  name: string;
  label: string;
  kind: string;
  title: string;
  values: Figure[];
}

export interface Sharpe {
  naive: Figure;
  stderr: Figure;
  probabilistic: Figure;
  deflated: Figure;
}

export interface Metrics {
  parts: string[];
  sharpe: Sharpe[];
  n_trials: number;
  n_effective: number;
  rows: MetricRow[];
  rule: string;
}
