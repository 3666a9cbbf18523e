import { decodeFloat64, type WireArray } from '../shared/codec';
import { integer, short } from '../shared/format';

export interface WireSweep {
  names: string[];
  values: WireArray[];
  figures: Record<string, WireArray>;
  best: number | null;
  rule: string;
  n_trials: number;
  effective_trials: number;
}

/** A sweep, of which two parameters are seen at a time; the others are held at a value. */
export class SweepGrid {
  readonly names: readonly string[];
  readonly values: readonly Float64Array[];
  readonly figures: ReadonlyMap<string, Float64Array>;
  readonly best: number | null;
  readonly rule: string;
  readonly trials: number;
  readonly effectiveTrials: number;
  /** Parameter across and up; up is -1 where only one varies. */
  across: number;
  up: number;
  /** Index of every parameter: of the held ones, and of the cell the keyboard is at. */
  readonly at: number[];

  constructor(wire: WireSweep) {
    this.names = wire.names;
    this.values = wire.values.map(values => decodeFloat64(values).data);
    this.figures = new Map(
      Object.entries(wire.figures).map(([name, figure]) => [
        name,
        decodeFloat64(figure).data
      ])
    );
    this.best = wire.best;
    this.rule = wire.rule;
    this.trials = wire.n_trials;
    this.effectiveTrials = wire.effective_trials;
    this.across = this.names.length - 1;
    this.up = this.names.length - 2;
    this.at = this.indices(this.best ?? 0);
  }

  get columns(): number {
    return this.values[this.across]!.length;
  }

  get rows(): number {
    return this.up === -1 ? 1 : this.values[this.up]!.length;
  }

  /** The number of a point in C order. */
  point(indices: readonly number[]): number {
    return indices.reduce(
      (point, index, axis) => point * this.values[axis]!.length + index,
      0
    );
  }

  indices(point: number): number[] {
    const found: number[] = [];
    let rest = point;
    for (let axis = this.values.length - 1; axis >= 0; axis--) {
      const size = this.values[axis]!.length;
      found.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    return found;
  }

  /** The point of a cell in sight. */
  pointOf(row: number, column: number): number {
    const indices = [...this.at];
    indices[this.across] = column;
    if (this.up !== -1) {
      indices[this.up] = row;
    }
    return this.point(indices);
  }

  /** The cell of a point, or null if it lies in another slice. */
  cellOf(point: number): { row: number; column: number } | null {
    const indices = this.indices(point);
    const here = indices.every(
      (index, axis) =>
        axis === this.across || axis === this.up || index === this.at[axis]
    );
    return here
      ? {
          column: indices[this.across]!,
          row: this.up === -1 ? 0 : indices[this.up]!
        }
      : null;
  }

  /** Go to a point, whatever slice it is in. */
  goTo(point: number): void {
    this.indices(point).forEach((index, axis) => {
      this.at[axis] = index;
    });
  }

  get cursor(): { row: number; column: number } {
    return {
      column: this.at[this.across]!,
      row: this.up === -1 ? 0 : this.at[this.up]!
    };
  }

  /** Move the cursor by cells, as far as there are any. */
  step(columns: number, rows: number): void {
    const { row, column } = this.cursor;
    this.at[this.across] = clamp(column + columns, this.columns);
    if (this.up !== -1) {
      this.at[this.up] = clamp(row + rows, this.rows);
    }
  }

  figure(metric: string, point: number): number {
    return this.figures.get(metric)?.[point] ?? NaN;
  }

  /** Whether the parameters of a point make a rule that trades. */
  trades(point: number): boolean {
    return !Number.isNaN(this.figure('total_return', point));
  }
}

/** A value of a parameter: infinity stands for never. */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) {
    return 'never';
  }
  return Number.isInteger(value) ? integer(value) : short(value);
}

/** What a parameter or a figure is called where a reader sees it. */
export function nameText(name: string): string {
  const known: Record<string, string> = {
    n_trades: 'trades',
    sharpe: 'Sharpe ratio'
  };
  return known[name] ?? name.replaceAll('_', ' ');
}

const PERCENT = new Set([
  'total_return',
  'volatility',
  'max_drawdown',
  'hit_rate',
  'exposure'
]);

export function metricText(metric: string, value: number): string {
  if (Number.isNaN(value)) {
    return 'n/a';
  }
  if (PERCENT.has(metric)) {
    return `${short(100 * value)} %`;
  }
  return metric === 'n_trades' ? integer(value) : short(value);
}

/** The same without a unit, for a cell. */
export function cellText(metric: string, value: number): string {
  const shown = PERCENT.has(metric) ? 100 * value : value;
  const size = Math.abs(shown);
  if (metric === 'n_trades' || size >= 99.5) {
    return integer(shown);
  }
  return shown.toFixed(size < 9.95 ? 2 : 1).replace(/^-/, '−');
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
