import { decodeFloat64, type WireArray } from '../shared/codec';

const ARRAYS = [
  'spread',
  'edges',
  'density',
  'x',
  'stationary',
  'acf',
  'model_acf',
  'qq_theoretical',
  'qq_sample'
] as const;
type ArrayName = (typeof ARRAYS)[number];

export interface Parameter {
  name: string;
  label: string;
  unit: string;
  /** Distances of `ratio` are on a log scale, of `shift` in stationary standard deviations. */
  scale: 'ratio' | 'shift';
  estimate: number;
  /** null: nothing closer is rejected. */
  low: number | null;
  high: number | null;
  stderr: number | null;
}

export interface ResidualTest {
  name: string;
  null: string;
  statistic: number;
  pvalue: number;
}

interface Facts {
  theta: number;
  stationary_sd: number;
  half_life_bars: number;
  parameters: Parameter[];
  tests: ResidualTest[];
  verdict: string;
  reverts: boolean;
}

export type WireFit = Facts &
  Record<ArrayName, WireArray> & { times: WireArray | null };

export type Fit = Facts &
  Record<ArrayName, Float64Array> & { times: Float64Array | null };

export function decodeFit(wire: WireFit): Fit {
  const arrays = Object.fromEntries(
    ARRAYS.map(name => [name, decodeFloat64(wire[name]).data])
  ) as Record<ArrayName, Float64Array>;
  return {
    ...wire,
    ...arrays,
    times: wire.times === null ? null : decodeFloat64(wire.times).data
  };
}
