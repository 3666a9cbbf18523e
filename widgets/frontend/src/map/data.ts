import { decodeFloat64, decodeInt32, type WireArray } from '../shared/codec';

export interface WireCells {
  symbols: string[];
  /** Symbols in the order they are shown in. */
  order: WireArray;
  /** p-values of the pairs i < j, row by row: row 0 i on j, row 1, if any, j on i. */
  pvalues: WireArray;
  alpha: number;
  /** Symbols that are too many to show. */
  hidden: number;
  /** What the numbers are of: the window, for whoever waits for its picture. */
  stamp: string;
}

/** A cell of the map: dependent down, hedge across, as places in the order shown. */
export interface MapCell {
  row: number;
  column: number;
}

export class MapData {
  readonly size: number;
  readonly alpha: number;
  readonly hidden: number;
  readonly stamp: string;
  readonly bothWays: boolean;
  private readonly symbols: readonly string[];
  private readonly order: Int32Array;
  private readonly pvalues: Float64Array;
  private readonly pairs: number;
  private readonly place = new Map<string, number>();

  constructor(wire: WireCells) {
    this.symbols = wire.symbols;
    this.size = wire.symbols.length;
    this.alpha = wire.alpha;
    this.hidden = wire.hidden;
    this.stamp = wire.stamp;
    this.order = decodeInt32(wire.order).data;
    const { data, shape } = decodeFloat64(wire.pvalues);
    this.pairs = (this.size * (this.size - 1)) / 2;
    const directions = shape[0] ?? 0;
    if (
      shape.length !== 2 ||
      ![1, 2].includes(directions) ||
      shape[1] !== this.pairs ||
      this.order.length !== this.size
    ) {
      throw new RangeError(
        `map: p-values of shape ${shape.join(' x ')} for ${this.size} symbols; ` +
          `must be 1 or 2 x ${this.pairs}`
      );
    }
    this.pvalues = data;
    this.bothWays = directions === 2;
    this.order.forEach((symbol, place) => {
      this.place.set(this.symbols[symbol]!, place);
    });
  }

  symbol(place: number): string {
    return this.symbols[this.order[place]!]!;
  }

  /** The p-value of a cell, NaN on the diagonal and where there is no test. */
  value({ row, column }: MapCell): number {
    const i = this.order[row]!;
    const j = this.order[column]!;
    if (i === j) {
      return NaN;
    }
    const reverse = i > j && this.bothWays ? this.pairs : 0;
    return this.pvalues[reverse + this.number(Math.min(i, j), Math.max(i, j))]!;
  }

  /** The pair that a cell stands for: dependent and hedge of the test that it shows. */
  pair({ row, column }: MapCell): [string, string] | null {
    const i = this.order[row]!;
    const j = this.order[column]!;
    if (i === j) {
      return null;
    }
    const pair: [string, string] = [this.symbols[i]!, this.symbols[j]!];
    return i > j && !this.bothWays ? [pair[1], pair[0]] : pair;
  }

  /** The cell of a pair, null if it is not on the map. */
  cellOf(pair: readonly string[] | null): MapCell | null {
    const row = this.place.get(pair?.[0] ?? '');
    const column = this.place.get(pair?.[1] ?? '');
    return pair === null || row === undefined || column === undefined
      ? null
      : { row, column };
  }

  private number(i: number, j: number): number {
    return (i * (2 * this.size - i - 1)) / 2 + j - i - 1;
  }
}
