import {
  decodeFloat64,
  decodeInt32,
  decodeInt8,
  type WireArray
} from '../shared/codec';

export interface WireLegs {
  symbols: [string, string];
  /** (2, T) */
  prices: WireArray;
  /** ms since 1970, or null for bars without dates */
  times: WireArray | null;
  unit: string;
  shortest: number;
}

export interface WireSpread {
  spread: WireArray;
  /** One value, or one a bar. */
  hedge_ratio: WireArray;
}

export interface Level {
  kind: string;
  /** Beside the line. */
  label: string;
  /** In the legend. */
  title: string;
  value: number;
}

export interface Levels {
  lines: Level[];
  /** The hedge ratio that the levels left out belong to, or "". */
  hidden: string;
}

export interface WirePositions {
  positions: WireArray;
  entry: WireArray;
  exit: WireArray;
  direction: WireArray;
  open: WireArray;
}

export interface Legs {
  symbols: [string, string];
  count: number;
  prices: [Float64Array, Float64Array];
  /** Both prices as 100 at the first bar. */
  rebased: [Float64Array, Float64Array];
  times: Float64Array | null;
  unit: string;
  shortest: number;
}

export interface Spread {
  values: Float64Array;
  hedgeRatio: Float64Array;
}

export interface Positions {
  positions: Int8Array;
  entry: Int32Array;
  exit: Int32Array;
  direction: Int8Array;
  open: Int8Array;
}

export function decodeLegs(wire: WireLegs): Legs {
  const { data, shape } = decodeFloat64(wire.prices);
  const count = shape[1]!;
  const prices: [Float64Array, Float64Array] = [
    data.subarray(0, count),
    data.subarray(count)
  ];
  return {
    symbols: wire.symbols,
    count,
    prices,
    rebased: [rebase(prices[0]), rebase(prices[1])],
    times: wire.times === null ? null : decodeFloat64(wire.times).data,
    unit: wire.unit,
    shortest: wire.shortest
  };
}

export function decodeSpread(wire: WireSpread): Spread {
  return {
    values: decodeFloat64(wire.spread).data,
    hedgeRatio: decodeFloat64(wire.hedge_ratio).data
  };
}

export function decodePositions(wire: WirePositions): Positions {
  return {
    positions: decodeInt8(wire.positions).data,
    entry: decodeInt32(wire.entry).data,
    exit: decodeInt32(wire.exit).data,
    direction: decodeInt8(wire.direction).data,
    open: decodeInt8(wire.open).data
  };
}

/** Prices as 100 at the first bar; a first price of 0 has no such scale and stays as it is. */
export function rebase(prices: Float64Array): Float64Array {
  const base = prices[0];
  return base === undefined || base === 0
    ? prices
    : prices.map(price => (100 * price) / base);
}

export function hedgeRatioAt(spread: Spread, bar: number): number {
  return spread.hedgeRatio[spread.hedgeRatio.length === 1 ? 0 : bar] ?? NaN;
}
