import { describe, expect, it } from 'vitest';

import {
  decode,
  decodeFloat64,
  decodeInt8,
  decodeRuns,
  encode,
  type WireArray
} from '../src/shared/codec';

function wire(
  bytes: Uint8Array,
  offset: number,
  dtype: string,
  shape: number[]
): WireArray {
  // The message buffer of a comm: the array starts somewhere inside it.
  const message = new Uint8Array(offset + bytes.length + 5).fill(255);
  message.set(bytes, offset);
  return {
    view: new DataView(message.buffer, offset, bytes.length),
    dtype,
    shape
  };
}

const NUMBERS = Float64Array.of(1.5, -0, Number.NaN, Infinity, 1e-300, 0.1);
const BYTES = new Uint8Array(NUMBERS.buffer);

describe('decode', () => {
  it.each([0, 8, 3, 13])('reads float64 at byte offset %i', offset => {
    const { data, shape } = decodeFloat64(
      wire(BYTES, offset, 'float64', [2, 3])
    );
    expect(shape).toEqual([2, 3]);
    expect(Array.from(data)).toEqual(Array.from(NUMBERS));
    expect(Object.is(data[1], -0)).toBe(true);
  });

  it('does not copy what is aligned', () => {
    const source = wire(BYTES, 16, 'float64', [6]);
    expect(decode(source).data.buffer).toBe(source.view.buffer);
  });

  it('reads int8 and its signs at any offset', () => {
    const { data } = decodeInt8(
      wire(Uint8Array.of(255, 0, 1), 5, 'int8', [1, 3])
    );
    expect(Array.from(data)).toEqual([-1, 0, 1]);
  });

  it('knows little endian', () => {
    const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x3f);
    expect(decode(wire(bytes, 0, 'float64', [1])).data[0]).toBe(1.5);
  });

  it('accepts an empty array', () => {
    expect(decode(wire(new Uint8Array(), 0, 'float64', [0])).data).toHaveLength(
      0
    );
  });

  it('refuses a shape that the bytes do not fill', () => {
    expect(() => decode(wire(BYTES, 0, 'float64', [7]))).toThrow(
      /needs 56 bytes, got 48/
    );
  });

  it('refuses types it was not asked for', () => {
    expect(() => decode(wire(BYTES, 0, 'float32', [12]))).toThrow(
      /must be one of float64, int8, int32/
    );
    expect(() => decodeInt8(wire(BYTES, 0, 'float64', [6]))).toThrow(
      /must be int8/
    );
  });
});

describe('encode', () => {
  it('gives back what it took, from the middle of a buffer too', () => {
    const part = NUMBERS.subarray(1, 4);
    const there = encode({ data: part, shape: [3] });
    expect(there.dtype).toBe('float64');
    expect(there.view.byteOffset).toBe(8);
    expect(Array.from(decode(there).data)).toEqual(Array.from(part));
  });
});

describe('decodeRuns', () => {
  const runs = (values: number[], ends: number[], shape: number[]) => ({
    values: encode({ data: Int8Array.from(values), shape: [values.length] }),
    ends: encode({ data: Int32Array.from(ends), shape: [ends.length] }),
    shape
  });

  it('fills each run with its value', () => {
    const found = decodeRuns(runs([-1, 0, 1], [2, 3, 6], [2, 3]));
    expect([...found.data]).toEqual([-1, -1, 0, 1, 1, 1]);
    expect(found.shape).toEqual([2, 3]);
    expect(decodeRuns(runs([], [], [0, 3])).data).toHaveLength(0);
  });

  it('refuses runs that do not fill the shape', () => {
    expect(() => decodeRuns(runs([1], [5], [2, 3]))).toThrow(
      /1 values end at 5; must end at 6/
    );
    expect(() => decodeRuns(runs([1], [3, 6], [2, 3]))).toThrow(/1 values/);
  });
});
