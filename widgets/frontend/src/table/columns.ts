/** Which columns a table of some width has room for, and how wide each is. */

export interface Named {
  name: string;
  kind: string;
}

/** Least widths in pixels: what their longest usual numbers need. */
const LEAST: Readonly<Record<string, number>> = {
  pair: 104,
  pvalue: 58,
  level: 66,
  number: 74,
  integer: 56,
  flags: 128
};
const SHARE: Readonly<Record<string, number>> = { pair: 1.6, flags: 2 };
/** What a narrow table leaves out first; the pair and its p-value stay. */
const SPARE = [
  'lags',
  'hurst',
  'statistic',
  'hedge_ratio',
  'flags',
  'passes',
  'half_life'
];

/** Those of some columns that fit beside the pair; all of them while nobody knows the width. */
export function fitting<T extends Named>(
  columns: readonly T[],
  width: number
): T[] {
  const left = [...columns];
  for (const name of SPARE) {
    if (width === 0 || leastWidth(left) <= width) {
      break;
    }
    const at = left.findIndex(column => column.name === name);
    if (at !== -1) {
      left.splice(at, 1);
    }
  }
  return left;
}

export function leastWidth(columns: readonly Named[]): number {
  return columns.reduce((sum, { kind }) => sum + least(kind), least('pair'));
}

/** The value of `grid-template-columns`. */
export function template(columns: readonly Named[]): string {
  return [{ kind: 'pair' }, ...columns]
    .map(({ kind }) => `minmax(${least(kind)}px, ${SHARE[kind] ?? 1}fr)`)
    .join(' ');
}

function least(kind: string): number {
  return LEAST[kind] ?? LEAST['number']!;
}
