import {
  decode,
  decodeInt32,
  decodeInt8,
  type NumberArray,
  type WireArray
} from '../shared/codec';
import { integer, pvalue, short } from '../shared/format';
import { numberTest, wordsOf } from './filter';
import { flagsOf, type Flag } from './flags';
import { ranks, sortNumbers } from './sort';

export type ColumnKind = 'number' | 'pvalue' | 'integer' | 'level' | 'flags';

/** A column as the Python side describes it. */
export interface ColumnSpec {
  name: string;
  label: string;
  /** What the column means, in a sentence: the header's tooltip. */
  title: string;
  kind: ColumnKind;
  /** One number a row; in a column of bytes −1 is missing. */
  values: WireArray;
  /** Words for the values 0, 1, 2 ... of a "level" or "flags" column. */
  words?: string[];
}

export interface WirePairs {
  symbols: string[];
  dependent: WireArray;
  hedge: WireArray;
  /** What is odd about each symbol, as bits. */
  odd: WireArray;
  alpha: number;
  /** Pairs that the scan lists and that are too many to show. */
  unlisted: number;
  columns: ColumnSpec[];
}

/** The name of the first column, which holds the two symbols. */
export const PAIR = 'pair';

export class PairData {
  readonly columns: readonly ColumnSpec[];
  readonly length: number;
  readonly unlisted: number;
  private readonly symbols: readonly string[];
  private readonly dependent: Int32Array;
  private readonly hedge: Int32Array;
  private readonly odd: Int8Array;
  private readonly values: readonly NumberArray[];

  constructor(wire: WirePairs) {
    this.columns = wire.columns;
    this.symbols = wire.symbols;
    this.unlisted = wire.unlisted;
    this.dependent = decodeInt32(wire.dependent).data;
    this.hedge = decodeInt32(wire.hedge).data;
    this.odd = decodeInt8(wire.odd).data;
    this.length = this.dependent.length;
    this.values = wire.columns.map(({ name, values }) => {
      const { data } = decode(values);
      if (data.length !== this.length) {
        throw new RangeError(
          `pairs: column ${name} has ${data.length} rows; must be ${this.length}`
        );
      }
      return data;
    });
    if (
      this.hedge.length !== this.length ||
      this.odd.length !== this.symbols.length
    ) {
      throw new RangeError(
        `pairs: ${this.hedge.length} hedges and ${this.odd.length} marks; ` +
          `must be ${this.length} and ${this.symbols.length}`
      );
    }
  }

  pair(row: number): [string, string] {
    return [
      this.symbols[this.dependent[row]!]!,
      this.symbols[this.hedge[row]!]!
    ];
  }

  name(row: number): string {
    return this.pair(row).join(' – ');
  }

  /** The row of two symbols, whichever of them is the dependent one; −1 if they have none. */
  findPair(pair: readonly string[] | null): number {
    if (pair === null) {
      return -1;
    }
    const one = this.symbols.indexOf(pair[0]!);
    const other = this.symbols.indexOf(pair[1]!);
    for (let row = 0; row < this.length; row++) {
      const dependent = this.dependent[row];
      const hedge = this.hedge[row];
      if (
        (dependent === one && hedge === other) ||
        (dependent === other && hedge === one)
      ) {
        return row;
      }
    }
    return -1;
  }

  /** The number in a cell, NaN where it is missing. */
  value(column: number, row: number): number {
    const values = this.values[column]!;
    const value = values[row]!;
    return values instanceof Int8Array && value < 0 ? NaN : value;
  }

  /** The number as a reader wants it; a flags column says its flags. */
  text(column: number, row: number): string {
    const { kind, words } = this.columns[column]!;
    const value = this.value(column, row);
    switch (kind) {
      case 'pvalue':
        return pvalue(value);
      case 'integer':
        return integer(value);
      case 'level':
        return words?.[value] ?? 'n/a';
      case 'number':
        return short(value);
      case 'flags':
        return this.flags(column, row)
          .map(({ text }) => text)
          .join('; ');
    }
  }

  /** The whole number, for the tooltip and for copying. */
  fullText(column: number, row: number): string {
    switch (this.columns[column]!.kind) {
      case 'level':
        return this.text(column, row);
      case 'flags':
        return this.flags(column, row)
          .map(({ title }) => title)
          .join('; ');
      default:
        return String(this.value(column, row));
    }
  }

  flags(column: number, row: number): Flag[] {
    const [dependent, hedge] = this.pair(row);
    return flagsOf(
      dependent,
      hedge,
      [this.odd[this.dependent[row]!]!, this.odd[this.hedge[row]!]!],
      this.columns[column]!.words?.[this.value(column, row)] ?? ''
    );
  }

  /** All rows in the order of a column; an unknown column leaves them as they came. */
  sorted(name: string, ascending: boolean): Int32Array {
    if (name === PAIR) {
      const rank = ranks(this.symbols);
      const count = this.symbols.length;
      const keys = Float64Array.from(
        this.dependent,
        (dependent, row) => rank[dependent]! * count + rank[this.hedge[row]!]!
      );
      return sortNumbers(keys, ascending);
    }
    const column = this.columns.findIndex(spec => spec.name === name);
    if (column === -1) {
      return Int32Array.from({ length: this.length }, (_, row) => row);
    }
    const values = this.values[column]!;
    if (this.columns[column]!.kind === 'flags') {
      const odd = this.odd;
      return sortNumbers(
        Float64Array.from(
          values,
          (reason, row) =>
            100 * (odd[this.dependent[row]!]! + odd[this.hedge[row]!]!) + reason
        ),
        ascending
      );
    }
    return sortNumbers(
      values instanceof Int8Array
        ? Float64Array.from(values, value => (value < 0 ? NaN : value))
        : values,
      ascending
    );
  }

  /** The rows of an order that have every word in their symbols and meet every condition. */
  filtered(
    rows: Int32Array,
    search: string,
    conditions: Readonly<Record<string, string>>
  ): Int32Array {
    let left = rows;
    for (const word of wordsOf(search)) {
      const has = this.symbols.map(symbol =>
        symbol.toLowerCase().includes(word)
      );
      left = left.filter(
        row => has[this.dependent[row]!]! || has[this.hedge[row]!]!
      );
    }
    for (const [name, text] of Object.entries(conditions)) {
      left = this.meeting(left, name, text);
    }
    return left;
  }

  private meeting(rows: Int32Array, name: string, text: string): Int32Array {
    if (name === PAIR) {
      return this.filtered(rows, text, {});
    }
    const column = this.columns.findIndex(spec => spec.name === name);
    const kind = this.columns[column]?.kind;
    if (kind === 'level') {
      const wanted = text.trim().toLowerCase();
      return wanted === ''
        ? rows
        : rows.filter(row => this.text(column, row).toLowerCase() === wanted);
    }
    if (kind === 'flags') {
      return this.flagged(rows, column, text);
    }
    const test = column === -1 ? null : numberTest(text);
    // What can't be read leaves the rows alone; the field says so.
    return test === null || test === undefined
      ? rows
      : rows.filter(row => test(this.value(column, row)));
  }

  /** "none" asks for pairs without a flag, other words for flags with those words. */
  private flagged(rows: Int32Array, column: number, text: string): Int32Array {
    const words = wordsOf(text);
    if (words.length === 0) {
      return rows;
    }
    const none = words.length === 1 && words[0] === 'none';
    return rows.filter(row => {
      const flags = this.text(column, row).toLowerCase();
      return none ? flags === '' : words.every(word => flags.includes(word));
    });
  }
}
