/** A policy as its file has it; see `PolicyResult.to_json`. */
export interface IPolicy {
  spec: Record<string, number | string | null>;
  thresholds: Record<string, number>;
  /** Columns: time_to_go and the four levels, NaN where the action is never taken. */
  boundaries: Record<string, number[]>;
  method: string;
  error: number;
}

export const LEVELS = [
  'enter_long',
  'exit_long',
  'enter_short',
  'exit_short'
] as const;

/** Read a policy, or say what is wrong with the text. */
export function readPolicy(text: string): IPolicy {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${(error as Error).message}`);
  }
  const given = record(content, 'the file');
  if (given['format'] !== 'spreadlab.policy') {
    throw new Error(
      'This is no policy: PolicyResult.to_json wrote no such file'
    );
  }
  if (given['version'] !== 1) {
    throw new Error(
      `This policy is of version ${String(given['version'])}, and version 1 can be shown`
    );
  }
  const parts = record(given['parts'], 'parts');
  const columns = record(given['boundaries'], 'boundaries');
  const boundaries: Record<string, number[]> = {};
  for (const name of ['time_to_go', ...LEVELS]) {
    const column = columns[name];
    if (!Array.isArray(column) || column.length === 0) {
      throw new Error(`This policy is damaged: boundaries has no ${name}`);
    }
    boundaries[name] = column.map(value => number(value, name));
    if (boundaries[name].length !== boundaries['time_to_go']!.length) {
      throw new Error('This policy is damaged: its boundaries are uneven');
    }
  }
  return {
    spec: record(given['spec'], 'spec') as IPolicy['spec'],
    thresholds: Object.fromEntries(
      Object.entries(record(given['thresholds'], 'thresholds')).map(
        ([name, value]) => [name, number(value, name)]
      )
    ),
    boundaries,
    method: String(parts['method']),
    error: number(parts['error'], 'error')
  };
}

/** The stationary standard deviation of the spread. */
export function deviation(policy: IPolicy): number {
  const { kappa, sigma } = policy.spec;
  return number(sigma, 'sigma') / Math.sqrt(2 * number(kappa, 'kappa'));
}

/** Four significant digits, a proper minus, and a dash for a level that does not exist. */
export function short(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  }
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e6)
      ? value.toExponential(2)
      : String(Number(value.toPrecision(4)));
  return text.replace('-', '−');
}

/** Numbers with as few digits as can be, three to six of them, from `low` to `high`. */
export function roundTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  if (!(rough > 0 && Number.isFinite(rough))) {
    throw new RangeError(`there is nothing between ${low} and ${high}`);
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(n => n * power >= rough)!;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(12))
  );
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`This policy is damaged: it has no ${name}`);
  }
  return value as Record<string, unknown>;
}

/** A number, or one of the words for those that JSON lacks. */
function number(value: unknown, name: string): number {
  if (typeof value === 'number') {
    return value;
  }
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
    return Number(value);
  }
  throw new Error(
    `This policy is damaged: ${name} is ${JSON.stringify(value)}`
  );
}
