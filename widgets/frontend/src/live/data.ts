import { decodeFloat64, decodeInt8, type WireArray } from '../shared/codec';
import { join, rowsOf } from '../shared/grow';
import type { Described } from '../shared/message';

/** What never changes of a pair. */
export interface PairFacts {
  name: string;
  symbols: string[];
  rule: string;
  unit: string;
  half_life: number | null;
  mean: number | null;
  sd: number | null;
}

export interface Run {
  state:
    'none' | 'ready' | 'running' | 'paused' | 'over' | 'stopped' | 'failed';
  words: string;
  feed: string;
  actions: Action[];
  speed: number | null;
  replays?: boolean;
}

export type Action = 'start' | 'pause' | 'resume' | 'stop';

export interface AlertRow {
  pair: string;
  /** ms since 1970 */
  time: number;
  kind: string;
  numbers: Record<string, number | string | null>;
  words: string;
  breaking: boolean;
}

/** The bars that come with a message. */
export interface BarsHead {
  pair: string;
  /** All there are, not only those since the last message. */
  whole: boolean;
  levels: string[];
  /** Bars that the chart holds. */
  most: number;
}

/** The newest of everything that has changed. */
export interface Beat {
  kind: 'beat';
  /** Everything is in it. */
  again: boolean;
  /** When the newest tick came to the kernel, ms since 1970 by the clock of its machine. */
  arrived: number;
  words?: string[];
  alerts?: AlertRow[];
  chart?: BarsHead;
  progress?: string;
  arrays: Described;
}

/** As in `live_rows.py`. */
const NUMBERS = [
  'spread',
  'z',
  'signal',
  'half_life',
  'pvalue',
  'time'
] as const;
const CODES = ['position', 'target', 'stale', 'breaking'] as const;

export type PairRow = Record<(typeof NUMBERS)[number], number> &
  Record<(typeof CODES)[number], number> & { words: string };

export function pairRows(
  numbers: WireArray,
  codes: WireArray,
  words: readonly string[]
): PairRow[] {
  const values = decodeFloat64(numbers).data;
  const sides = decodeInt8(codes).data;
  return words.map(
    (said, row) =>
      ({
        ...Object.fromEntries(
          NUMBERS.map((name, k) => [name, values[row * NUMBERS.length + k]!])
        ),
        ...Object.fromEntries(
          CODES.map((name, k) => [name, sides[row * CODES.length + k]!])
        ),
        words: said
      }) as PairRow
  );
}

/** A position or target in words; the kernel says 2 where there is none yet. */
export function sideText(code: number): string {
  return ['▼ short', 'flat', '▲ long'][code + 1] ?? '–';
}

export type LineName = 'signal' | 'spread' | 'z';
const LINES: readonly LineName[] = ['spread', 'signal', 'z'];

/** The bars of one pair, the newest last. */
export interface Series {
  pair: string;
  times: Float64Array;
  lines: Record<LineName, Float64Array>;
  position: Int8Array;
  target: Int8Array;
  /** By name, NaN where a level was not in force. */
  levels: ReadonlyMap<string, Float64Array>;
  /** Bars that had to go for the last ones that came. */
  dropped: number;
}

/** The series after a message. */
export function taken(
  before: Series | null,
  head: BarsHead,
  wires: Partial<Record<string, WireArray>>
): Series | null {
  const times = decodeFloat64(wires['bar_times']!).data;
  const numbers = rowsOf(decodeFloat64(wires['bar_numbers']!).data, 3);
  const codes = rowsOf(decodeInt8(wires['bar_codes']!).data, 2);
  const values = rowsOf(
    decodeFloat64(wires['bar_levels']!).data,
    head.levels.length
  );
  if (!head.whole && before?.pair !== head.pair) {
    return before; // news of a pair that is not shown
  }
  const old = head.whole ? null : before;
  const count = (old?.times.length ?? 0) + times.length;
  const dropped = Math.max(count - head.most, 0);
  const joined = <A extends Float64Array | Int8Array>(
    first: A | undefined,
    then: A
  ): A => join(first, then, dropped);
  const names = new Set([...(old?.levels.keys() ?? []), ...head.levels]);
  return {
    pair: head.pair,
    times: joined(old?.times, times),
    lines: Object.fromEntries(
      LINES.map((name, k) => [name, joined(old?.lines[name], numbers[k]!)])
    ) as Record<LineName, Float64Array>,
    position: joined(old?.position, codes[0]!),
    target: joined(old?.target, codes[1]!),
    levels: new Map(
      [...names].map(name => [
        name,
        joined(
          old?.levels.get(name) ?? missing(old?.times.length ?? 0),
          values[head.levels.indexOf(name)] ?? missing(times.length)
        )
      ])
    ),
    dropped
  };
}

function missing(count: number): Float64Array {
  return new Float64Array(count).fill(NaN);
}
