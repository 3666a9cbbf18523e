import { decodeFloat64, decodeInt32, type WireArray } from '../shared/codec';
import { integer, pvalue, short } from '../shared/format';
import { sortNumbers, sortStrings } from './sort';

export type ColumnKind = 'number' | 'pvalue' | 'integer' | 'level';

/** A column of numbers as the Python side describes it. */
export interface ColumnSpec {
  name: string;
  label: string;
  /** What the column means, in a sentence: the header's tooltip. */
  title: string;
  kind: ColumnKind;
  /** Words for the values 0, 1, 2 ... of a "level" column. */
  levels?: string[];
}

export interface WirePairs {
  symbols: string[];
  dependent: WireArray;
  hedge: WireArray;
  /** One row a column of the table: [column, pair]. */
  values: WireArray;
  columns: ColumnSpec[];
}

/** The name of the first column, which holds the two symbols. */
export const PAIR = 'pair';

export class PairData {
  readonly columns: readonly ColumnSpec[];
  readonly names: readonly string[];
  readonly length: number;
  private readonly symbols: readonly string[];
  private readonly dependent: Int32Array;
  private readonly hedge: Int32Array;
  private readonly values: Float64Array;

  constructor(wire: WirePairs) {
    this.columns = wire.columns;
    this.symbols = wire.symbols;
    this.dependent = decodeInt32(wire.dependent).data;
    this.hedge = decodeInt32(wire.hedge).data;
    this.length = this.dependent.length;
    const values = decodeFloat64(wire.values);
    const wanted = [wire.columns.length, this.length].join(' x ');
    if (
      values.shape.join(' x ') !== wanted ||
      this.hedge.length !== this.length
    ) {
      throw new RangeError(
        `pairs: values of shape ${values.shape.join(' x ')}; must be ${wanted}`
      );
    }
    this.values = values.data;
    this.names = Array.from({ length: this.length }, (_, row) =>
      this.pair(row).join(' – ')
    );
  }

  pair(row: number): [string, string] {
    return [
      this.symbols[this.dependent[row]!]!,
      this.symbols[this.hedge[row]!]!
    ];
  }

  findPair(pair: readonly string[] | null): number {
    if (pair === null) {
      return -1;
    }
    const dependent = this.symbols.indexOf(pair[0]!);
    const hedge = this.symbols.indexOf(pair[1]!);
    for (let row = 0; row < this.length; row++) {
      if (this.dependent[row] === dependent && this.hedge[row] === hedge) {
        return row;
      }
    }
    return -1;
  }

  value(column: number, row: number): number {
    return this.values[column * this.length + row]!;
  }

  /** The number as a reader wants it. */
  text(column: number, row: number): string {
    const { kind, levels } = this.columns[column]!;
    const value = this.value(column, row);
    switch (kind) {
      case 'pvalue':
        return pvalue(value);
      case 'integer':
        return integer(value);
      case 'level':
        return levels?.[value] ?? 'n/a';
      case 'number':
        return short(value);
    }
  }

  /** The whole number, for the tooltip and for copying. */
  fullText(column: number, row: number): string {
    return this.columns[column]!.kind === 'level'
      ? this.text(column, row)
      : String(this.value(column, row));
  }

  /** All rows in the order of a column; an unknown column leaves them as they came. */
  sorted(name: string, ascending: boolean): Int32Array {
    if (name === PAIR) {
      return sortStrings(this.names, ascending);
    }
    const column = this.columns.findIndex(spec => spec.name === name);
    return column === -1
      ? Int32Array.from({ length: this.length }, (_, row) => row)
      : sortNumbers(
          this.values.subarray(
            column * this.length,
            (column + 1) * this.length
          ),
          ascending
        );
  }

  /** The rows of an order whose symbols contain every word asked for. */
  filtered(rows: Int32Array, search: string): Int32Array {
    const words = search
      .toLowerCase()
      .split(/[\s,–-]+/)
      .filter(Boolean);
    return words.length === 0
      ? rows
      : rows.filter(row => {
          const [dependent, hedge] = this.pair(row).map(s => s.toLowerCase());
          return words.every(
            word => dependent!.includes(word) || hedge!.includes(word)
          );
        });
  }
}
