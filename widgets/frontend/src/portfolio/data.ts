import { decodeFloat64, type WireArray } from '../shared/codec';
import { join, rowsOf } from '../shared/grow';
import type { Described } from '../shared/message';

export type Figure = number | string | null;

export interface Summary {
  capital: Figure;
  equity: Figure;
  pnl: Figure;
  day: Figure;
  /** ms since 1970; null before the first bar */
  time: number | null;
  held: number;
  long: Figure;
  short: Figure;
  gross: Figure;
  net: Figure;
  largest: Figure;
}

export interface LimitRow {
  name: string;
  label: string;
  used: number;
  limit: number | null;
  /** Of the limit, 1 when it is all used. */
  share: number | null;
  words: string;
}

export interface PairWords {
  name: string;
  symbols: string[];
  automatic: boolean;
  blocked: string | null;
  words: string;
}

export interface EventRow {
  id: string;
  time: number;
  kind: string;
  pair: string;
  words: string;
}

/** What is new in the book. */
export interface BookMessage {
  kind: 'book';
  again: boolean;
  summary: Summary;
  attribution: Record<Part, Figure>;
  limits: LimitRow[];
  pairs: PairWords[];
  names: { symbol: string; pairs: string[] }[];
  events: EventRow[];
  curve?: { whole: boolean; most: number };
  arrays: Described;
}

/** What became of something that the reader asked for. */
export interface Answer {
  kind: 'answer';
  to: Asked;
  error: boolean;
  words: string;
  name?: string;
  mime?: string;
}

export type Asked = 'order' | 'flatten' | 'mode' | 'release' | 'export';

export const PARTS = [
  'spread',
  'drift',
  'commission',
  'slippage',
  'borrow'
] as const;
export type Part = (typeof PARTS)[number];

/** As in `portfolio_wire.py`. */
const NUMBERS = [
  'position',
  'pending',
  'gross',
  'net',
  'pnl',
  ...PARTS,
  'trades',
  'size'
] as const;

export type PairRow = PairWords & Record<(typeof NUMBERS)[number], number>;

export interface NameRow {
  symbol: string;
  shares: number;
  price: number;
  exposure: number;
  pairs: string;
}

export function pairRows(
  message: BookMessage,
  wires: Partial<Record<string, WireArray>>
): PairRow[] {
  const values = decodeFloat64(wires['positions']!).data;
  return message.pairs.map(
    (pair, row) =>
      ({
        ...pair,
        ...Object.fromEntries(
          NUMBERS.map((name, k) => [name, values[row * NUMBERS.length + k]!])
        )
      }) as PairRow
  );
}

export function nameRows(
  message: BookMessage,
  wires: Partial<Record<string, WireArray>>
): NameRow[] {
  const values = decodeFloat64(wires['name_numbers']!).data;
  return message.names.map(({ symbol, pairs }, row) => ({
    symbol,
    shares: values[3 * row]!,
    price: values[3 * row + 1]!,
    exposure: values[3 * row + 2]!,
    pairs: pairs.join(', ')
  }));
}

/** Equity and exposures, bar by bar. */
export interface Curve {
  times: Float64Array;
  equity: Float64Array;
  gross: Float64Array;
  net: Float64Array;
  /** Bars that had to go for the last ones that came. */
  dropped: number;
}

export function grownCurve(
  before: Curve | null,
  head: { whole: boolean; most: number },
  wires: Partial<Record<string, WireArray>>
): Curve {
  const times = decodeFloat64(wires['curve_times']!).data;
  const lines = rowsOf(decodeFloat64(wires['curve_lines']!).data, 3);
  const old = head.whole ? null : before;
  const count = (old?.times.length ?? 0) + times.length;
  const dropped = Math.max(count - head.most, 0);
  return {
    times: join(old?.times, times, dropped),
    equity: join(old?.equity, lines[0]!, dropped),
    gross: join(old?.gross, lines[1]!, dropped),
    net: join(old?.net, lines[2]!, dropped),
    dropped
  };
}

/** A figure as a number: NaN where it does not exist. */
export function numberOf(value: Figure): number {
  return typeof value === 'number'
    ? value
    : value === 'inf'
      ? Infinity
      : value === '-inf'
        ? -Infinity
        : NaN;
}
